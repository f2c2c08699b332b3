import type { Bundle, OpenBundle } from './bundle.ts'
import type { PicfindRecord, PicfindResult } from './events.ts'
import { addressOf } from './picture-links.ts'
import { isStale, Trouble, troubleOf } from './trouble.ts'

export type Asked =
  | { kind: 'words'; words: string }
  /** `row`: its place in the tables of `opened`, where it was found there. */
  | { kind: 'like'; record: PicfindRecord; row?: number; opened?: OpenBundle }
  | { kind: 'picture'; picture: File }

export interface Result extends PicfindResult {
  thumbnail: string
  row?: number
}

export interface Answer {
  asked: Asked
  results: Result[]
  kind: 'quick' | 'full'
  partial: boolean
  /** A better answer is on its way. */
  refining: boolean
  /** There may be further results. */
  more: boolean
}

/** Results shown at first, and added at a time: full rows of 2, 4 or 5; records of more would weigh on a first answer. */
const pageSize = 20

export function isEmpty(asked: Asked): boolean {
  return asked.kind === 'words' && asked.words.trim() === ''
}

/** Whether quick search has no say in it. */
export function needsFull({ kind }: Asked, { quick }: OpenBundle): boolean {
  return !quick || kind === 'picture' || (kind === 'words' && !quick.words)
}

/** What one element asks of its bundle, and the newest answer. */
export class Searcher {
  readonly #changed: () => void
  readonly #bundle: () => Bundle
  #turn = new AbortController()
  #count = pageSize
  /** The bundle's when it was asked last. */
  #step = 0
  asked: Asked = { kind: 'words', words: '' }
  answer: Answer | undefined
  busy = false
  trouble: Trouble | undefined
  /** Addresses of thumbnails that are not what they are named for. */
  readonly damaged = new Set<string>()
  /** The bundle once it has been opened: what there is to offer. */
  opened: OpenBundle | undefined

  constructor(bundle: () => Bundle, changed: () => void) {
    this.#bundle = bundle
    this.#changed = changed
  }

  /** Gets what an answer will need while the visitor is still about to type. */
  async warm(): Promise<void> {
    await this.#bundle()
      .use(async opened => this.#learn(opened))
      // Whatever is wrong is said when something is asked.
      .catch(() => undefined)
  }

  ask(asked: Asked): Promise<void> {
    this.asked = asked
    this.#count = pageSize
    return this.again()
  }

  more(): Promise<void> {
    this.#count += pageSize
    return this.again()
  }

  /** Answers anew what was answered by less than there is now. */
  renew(): void {
    if (this.answer?.partial && !this.busy && this.#step !== this.#bundle().step) void this.again()
  }

  /** Answers what is asked now, by the best that is there by now. */
  async again(): Promise<void> {
    this.#turn.abort()
    this.#turn = new AbortController()
    const { signal } = this.#turn
    this.trouble = undefined
    this.#step = this.#bundle().step
    this.busy = !isEmpty(this.asked)
    if (!this.busy) this.answer = undefined
    this.#changed()
    if (!this.busy) return
    try {
      await this.#answer(signal)
    } catch (error) {
      if (signal.aborted) return
      this.trouble = troubleOf(error)
      this.answer = undefined
      console.warn('Picfind', this.trouble, error)
    }
    if (signal.aborted) return
    this.busy = false
    this.#changed()
    this.renew()
  }

  /** A result's thumbnail can be seen. */
  async checkThumbnail({ record, thumbnail }: Result): Promise<void> {
    if (this.damaged.has(thumbnail) || !(await this.opened?.isDamaged(record.thumbnail, thumbnail))) return
    this.damaged.add(thumbnail)
    if (!this.answer?.results.some(result => result.thumbnail === thumbnail)) return
    this.trouble = new Trouble('stale', thumbnail)
    console.warn('Picfind', this.trouble)
    this.#changed()
  }

  async #answer(signal: AbortSignal): Promise<void> {
    const bundle = this.#bundle()
    if (bundle.full) {
      try {
        return await this.#answerInFull(bundle, signal)
      } catch (error) {
        if (signal.aborted || !isStale(error)) throw error
        bundle.loseFull(error)
      }
    }
    await bundle.use(async opened => {
      this.#learn(opened)
      const { asked } = this
      if (!opened.quick || asked.kind === 'picture' || needsFull(asked, opened))
        return this.#show({ results: [], kind: 'quick' }, opened, signal)
      // Rows are numbered anew by each generation.
      if (asked.kind === 'like' && (asked.row === undefined || asked.opened !== opened)) {
        throw new Trouble('stale', `${asked.record.id} was found in an earlier generation of the bundle.`)
      }
      const hits =
        asked.kind === 'words'
          ? await opened.quick.search(asked.words.trim(), this.#count, signal)
          : await opened.quick.like(asked.row!, this.#count, signal)
      this.#show({ results: hits, kind: 'quick' }, opened, signal)
      const isIdle = !bundle.loading && !bundle.trouble
      if (isIdle && (await bundle.keepsFull(opened))) void bundle.loadFull()
    })
  }

  /** Words are answered at once by tables where the model has them, then as well as it can. */
  async #answerInFull(bundle: Bundle, signal: AbortSignal): Promise<void> {
    const { asked } = this
    const opened = await bundle.use(async opened => opened)
    this.#learn(opened)
    const query =
      asked.kind === 'words'
        ? asked.words.trim()
        : asked.kind === 'like'
          ? { like: asked.record.id }
          : { picture: asked.picture }
    const ask = async (tower: 'instant' | 'best') => {
      const { results, partial } = await bundle.full!.answer(query, this.#count, tower, signal)
      const refining = tower === 'instant' && asked.kind === 'words'
      this.#show({ results, kind: 'full', partial, refining }, opened, signal)
    }
    // What the best towers have answered is not answered by others again.
    const { answer } = this
    const isAnswered = answer?.asked === asked && answer.kind === 'full' && !answer.refining
    if (asked.kind === 'words' && !isAnswered) await ask('instant')
    await ask('best').catch(error => {
      if (asked.kind !== 'picture' || signal.aborted || isStale(error)) throw error
      throw new Trouble('picture', 'The picture cannot be searched by.', { cause: error })
    })
  }

  #show(
    found: {
      results: { record: PicfindRecord; score: number; row?: number }[]
      kind: Answer['kind']
      partial?: boolean
      refining?: boolean
    },
    { places, pictures }: OpenBundle,
    signal: AbortSignal,
  ): void {
    if (signal.aborted) return
    const { kind, partial = false, refining = false } = found
    const results = found.results.map(result => ({ ...result, ...addressOf(result.record, places) }))
    const more = results.length >= this.#count && results.length < pictures
    this.answer = { asked: this.asked, results, kind, partial, refining, more }
    this.#changed()
  }

  #learn(opened: OpenBundle): void {
    if (this.opened === opened) return
    this.opened = opened
    this.#changed()
    const bundle = this.#bundle()
    if (bundle.offersFull(opened)) void bundle.sizeOf(opened)
  }
}
