import type { isDamaged, Quick } from '../quick/quick.ts'
import {
  type BundleDescriptor,
  type BundleManifest,
  type FetchFile,
  readDescriptor,
  readJson,
  readManifest,
} from './bundle-files.ts'
import type { FullSearch } from './full-search.ts'
import type { FullSize } from './full-size.ts'
import { loadFullSearch, loadFullSize, loadQuick } from './own-modules.ts'
import type { Places } from './picture-links.ts'
import { isStale, Trouble } from './trouble.ts'

export interface OpenBundle {
  /** A file's verified bytes by its name. */
  fetchFile: FetchFile
  isDamaged: typeof isDamaged
  descriptor: BundleDescriptor
  pictures: number
  places: Places
  /** undefined where the model's space has no tables. */
  quick: Quick | undefined
}

/** How far full search is. */
export interface Loading {
  loaded: number
  total: number
}

/** Bytes of full search that a visitor who has loaded it before is not asked about again: what an update of the site brings. */
const mostUnasked = 1_000_000

const shared = new Map<string, Bundle>()

/**
 * A bundle as all elements of a page use it: what one has loaded is there for the others. `change` is dispatched when full search
 * begins, gets on, is ready or has failed.
 */
export class Bundle extends EventTarget {
  readonly url: URL
  readonly #model: string | undefined
  #opened: Promise<OpenBundle> | undefined
  #loadingFull: Promise<void> | undefined
  /** There once it can answer; it gets better until `loading` is over. */
  full: FullSearch | undefined
  loading: Loading | undefined
  /** Why full search is not there. */
  trouble: Trouble | undefined
  /** Bytes that full search has yet to fetch; known soon after the bundle has been opened. */
  missing: number | undefined
  /** Whether pictures can be searched by; known as soon. */
  takesPictures = false
  /** Grows with every step that answers of full search would be better after. */
  step = 0
  #size: Promise<FullSize> | undefined

  private constructor(url: URL, model: string | undefined) {
    super()
    this.url = url
    this.#model = model
  }

  /** `model`: the address of a model.json that takes the place of the bundle's own; `none` for no full search. */
  static at(url: URL, model: string | undefined): Bundle {
    const key = `${url} ${model ?? ''}`
    const known = shared.get(key) ?? new Bundle(url, model)
    shared.set(key, known)
    return known
  }

  /** Whether there is a model to search with in full. */
  offersFull({ descriptor }: OpenBundle): boolean {
    return this.#model === undefined ? descriptor.model !== undefined : this.#model !== 'none'
  }

  /**
   * Works with the opened bundle. Where a file turns out to be gone or changed, a newer generation has been published since: the
   * manifest is fetched once more and the work is done again.
   */
  async use<T>(work: (opened: OpenBundle) => Promise<T>): Promise<T> {
    this.#opened ??= this.#open('no-cache')
    const used = this.#opened
    try {
      return await work(await used)
    } catch (error) {
      if (!isStale(error)) {
        if (error instanceof Trouble) this.#forget(used)
        throw error
      }
      this.#forget(used)
      // Work that failed beside this may have begun it already, or have seen it fail too.
      this.#opened ??= this.#open('reload')
      const renewed = this.#opened
      try {
        return await work(await renewed)
      } catch (again) {
        this.#forget(renewed)
        throw isStale(again)
          ? new Trouble('stale', `The files of ${this.url} do not fit together.`, { cause: again })
          : again
      }
    }
  }

  /** The next use tries anew. */
  #forget(opened: Promise<OpenBundle>): void {
    if (this.#opened === opened) this.#opened = undefined
  }

  async #open(cache: RequestCache): Promise<OpenBundle> {
    // Not before it is used: a page that is only looked at is not to load it.
    const [manifest, { openQuick, verifiedFiles, isDamaged }] = await Promise.all([
      readManifest(this.url, cache),
      loadQuick(),
    ])
    const fetchFile = verifiedFiles(this.url)
    const descriptor = await readDescriptor(manifest, fetchFile)
    this.#size = undefined
    return {
      fetchFile,
      isDamaged,
      descriptor,
      pictures: manifest.counts.records,
      places: this.#places(manifest, descriptor),
      quick: descriptor.quick && (await openQuick(await readJson(descriptor.quick.file, fetchFile), fetchFile)),
    }
  }

  #places({ sources }: BundleManifest, { base }: BundleDescriptor): Places {
    const originals = sources.flatMap(({ name, url }): [string, URL][] => (url ? [[name, new URL(url, this.url)]] : []))
    return { bundle: this.url, site: new URL(base, this.url), originals: new Map(originals) }
  }

  /** Loads full search, once for all who ask. What goes wrong is told by `trouble`. */
  loadFull(): Promise<void> {
    this.#loadingFull ??= this.#loadFull().finally(() => {
      this.loading = undefined
      // Some of it may have been kept.
      if (this.trouble) this.#loadingFull = this.#size = undefined
      this.#tell()
    })
    return this.#loadingFull
  }

  async #loadFull(): Promise<void> {
    this.trouble = undefined
    this.#progress(0, 0)
    try {
      this.full ??= await this.use(opened => this.#openFull(opened))
      this.#tell()
      await this.full.complete()
    } catch (error) {
      this.#failFull(error)
    }
  }

  /** What full search needs turned out to be gone or damaged: quick answers go on without it. */
  loseFull(error: unknown): void {
    void this.full?.close()
    this.full = this.#loadingFull = this.#size = undefined
    this.#failFull(error)
    this.#tell()
  }

  #failFull(error: unknown): void {
    this.trouble = new Trouble('full', `Full search of ${this.url} could not be loaded.`, { cause: error })
    console.warn('Picfind', error)
  }

  async #openFull(opened: OpenBundle): Promise<FullSearch> {
    const { descriptor } = opened
    const own = this.#model === undefined
    const model = own ? descriptor.model?.id : this.#model
    if (model === undefined) throw new Trouble('full', `${this.url} has no model.`)
    const [size, { FullSearch }, { checkFullCode }] = await Promise.all([
      this.sizeOf(opened),
      loadFullSearch(),
      loadFullSize(),
    ])
    this.#progress(0, size.missing)
    await checkFullCode()
    return FullSearch.open({
      bundle: this.url,
      model,
      modelFiles: own ? descriptor.model?.files : undefined,
      size,
      // Reports come another way than answers and may be later.
      onProgress: loaded => this.loading && this.#progress(loaded, size.missing),
      onBetter: () => {
        this.step++
        this.#tell()
      },
    })
  }

  /** What full search has yet to fetch. Where it cannot be found out, all of it. */
  sizeOf({ descriptor, fetchFile }: OpenBundle): Promise<FullSize> {
    this.#size ??= loadFullSize()
      .then(({ fullSize }) => fullSize(this.url, descriptor, fetchFile, this.#model))
      .catch(() => ({ missing: descriptor.full.bytes, scripts: 0, kept: new Set<string>() }))
      .then(size => {
        this.missing = size.missing
        this.takesPictures = this.#model === undefined && descriptor.full.pictures
        this.#tell()
        return size
      })
    return this.#size
  }

  #progress(loaded: number, total: number): void {
    this.loading = { loaded: Math.min(loaded, total), total }
    this.#tell()
  }

  #tell(): void {
    this.dispatchEvent(new Event('change'))
  }

  /** Whether the browser has kept full search on an earlier visit, all of it or nearly so. */
  async keepsFull(opened: OpenBundle): Promise<boolean> {
    if (this.#model !== undefined || !opened.descriptor.model) return false
    const { missing, kept } = await this.sizeOf(opened)
    return kept.size > 0 && missing <= mostUnasked
  }
}
