/** Asks the open library and keeps the results: first page, further pages while scrolling, the better answer when it comes. */
import type { Hits, LibraryInfo, Query } from '../engine/browser.ts'
import { openLibrary, sayError } from './libraries.ts'
import { type Asked, type Results, state, update } from './state.ts'

const pageSize = 120
/** More hits of one answer a server does not give. */
const mostAsked = 10_000

/** Counts answers; what belongs to an earlier one is thrown away. */
let turn = 0
let tower: 'instant' | 'best' = 'best'
let pending = new Set<number>()
let lastNeeded: [first: number, last: number] = [0, 0]

export function isEmpty(asked: Asked): boolean {
  return asked.kind === 'words' && asked.words.trim() === ''
}

/** Answers what is asked now: words from the tables at once; their better answer follows when this is done. */
export async function search(): Promise<void> {
  const mine = ++turn
  pending = new Set()
  lastNeeded = [0, 0]
  const { asked } = state()
  const worded = asked.kind === 'words' && !isEmpty(asked)
  try {
    if (worded && answersAtOnce()) {
      tower = 'instant'
      const quick = await ask(0, pageSize)
      if (mine !== turn) return
      show(quick, 0, true)
      void answerBest(mine)
    } else {
      await answerBest(mine)
    }
  } catch (error) {
    giveUp(mine, error)
  }
}

async function answerBest(mine: number): Promise<void> {
  tower = 'best'
  try {
    const best = await ask(0, pageSize)
    if (mine === turn) show(best, 0, false)
  } catch (error) {
    giveUp(mine, error)
  }
}

function giveUp(mine: number, error: unknown): void {
  if (mine !== turn) return
  const { asked, results } = state()
  update({ results: { ...(results ?? nothing), refining: false } })
  sayError(error, asked.kind === 'picture' ? asked.name : undefined)
}

const nothing: Results = { hits: [], total: 0, scored: false, refining: false, tookMs: 0 }

/** Whether the model of the open library has token tables; as long as the model is not known, it may have. */
function answersAtOnce(): boolean {
  const { models, info } = state()
  const model = models.find(model => model.id === info?.model)
  return model === undefined || model.queries.instant.length > 0
}

/** Fetches the pages that hold places `first` … `last`, unless they are there. */
export function need(first: number, last: number): void {
  const { results } = state()
  if (!results) return
  lastNeeded = [first, last]
  const end = Math.min(last, results.total - 1)
  for (let page = Math.floor(first / pageSize); page * pageSize <= end; page++) {
    const offset = page * pageSize
    if (!(offset in results.hits) && !pending.has(page)) void fetchPage(page)
  }
}

async function fetchPage(page: number): Promise<void> {
  const mine = turn
  pending.add(page)
  try {
    const hits = await ask(page * pageSize, pageSize)
    if (mine === turn) show(hits, page * pageSize, state().results?.refining ?? false)
  } catch (error) {
    if (mine === turn) sayError(error)
  }
  // A page that failed is asked for again when it is next scrolled to.
  if (mine === turn) pending.delete(page)
}

/** Asks again after the library has changed, only for what is in sight. */
export async function refresh(): Promise<void> {
  // The better answer was still to come: it is asked for as well.
  if (tower === 'instant' || state().results?.refining) return search()
  const mine = ++turn
  pending = new Set()
  const offset = Math.floor(lastNeeded[0] / pageSize) * pageSize
  const count = Math.ceil((lastNeeded[1] + 1 - offset) / pageSize) * pageSize
  try {
    const hits = await ask(offset, Math.max(pageSize, count))
    if (mine !== turn) return
    update({ results: state().results && { ...state().results!, hits: [] } })
    show(hits, offset, false)
  } catch (error) {
    if (mine === turn) sayError(error)
  }
}

async function ask(offset: number, k: number): Promise<Hits> {
  const library = await openLibrary()
  if (!library) throw new DOMException('No library is open', 'AbortError')
  return library.search(queryOf(state().asked), { k, offset, tower })
}

function queryOf(asked: Asked): Query {
  if (asked.kind === 'like') return { like: asked.id }
  return asked.kind === 'picture' ? { picture: asked.picture } : asked.words.trim()
}

function show(found: Hits, offset: number, refining: boolean): void {
  const { asked, results } = state()
  const hits = offset === 0 ? [] : (results?.hits.slice() ?? [])
  found.forEach((hit, i) => {
    hits[offset + i] = hit
  })
  // An empty page is beyond the end, whatever was known of the length.
  const total = found.length === 0 ? offset : reach(hits)
  update({ results: { hits, total, scored: !isEmpty(asked), refining, tookMs: found.tookMs } })
}

/** How many places scrolling can reach: all pictures, but for the one whose like are asked for. */
function reach(hits: Results['hits']): number {
  const { asked, info } = state()
  // A server lists no pictures, and gives no more of an answer than it gave.
  if (info?.remote?.isAsked && (isEmpty(asked) || hits.length >= mostAsked)) return hits.length
  const known = (info?.pictures ?? 0) - (asked.kind === 'like' ? 1 : 0)
  return Math.max(known, hits.length)
}

/** Takes in what is known of the library; the results may be older or newer than that. */
export function learn(info: LibraryInfo): void {
  update({ info })
  const { results } = state()
  if (results) update({ results: { ...results, total: reach(results.hits) } })
}
