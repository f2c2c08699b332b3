import { PicfindError, reasonOf } from './errors.ts'
import { LiveEvents } from './live-events.ts'
import type { ModelProgress } from './options.ts'
import { noFallback, sha256 } from './sha256.ts'
import { fileNamePattern, type Publication, type Remote, type StoreDescription } from './store.ts'
import { ReadOnlyStore } from './store-read-only.ts'

/**
 * A library on a site or a server: `url` is its folder or its manifest.json. Read-only; files are kept for offline use where there is a
 * Cache API. `token`: shown to its origin, and to no other.
 */
export function http(url: string | URL, { token }: { token?: string | undefined } = {}): StoreDescription {
  return { kind: 'http', url: String(url), ...(token !== undefined && { token }) }
}

const cacheName = 'picfind-files'
/** Milliseconds before a file is asked for again whose connection was lost. */
const retriesAfter = [300, 1000, 3000]
/** A library that has begun anew takes the place of a copy without a question if it has at least this part of its pictures. */
const leastPart = 0.5

/** Where the manifest is of a library at `url`, which is its folder or the manifest itself. */
export function manifestUrlOf(url: string | URL, base?: string): URL {
  const given = new URL(url, base)
  if (/\.json$/.test(given.pathname)) return given
  return new URL('manifest.json', given.pathname.endsWith('/') ? given : `${given.origin}${given.pathname}/`)
}

/** Bytes that this browser keeps of a library on a site. */
export async function keptBytes(url: string | URL): Promise<number> {
  let bytes = 0
  await eachKept(url, async (request, cache) => {
    bytes += (await (await cache.match(request))?.blob())?.size ?? 0
  })
  return bytes
}

/** Drops what this browser keeps of a library on a site; it is fetched again when it is next wanted. */
export function dropKept(url: string | URL): Promise<void> {
  return eachKept(url, async (request, cache) => {
    await cache.delete(request)
  })
}

/** Files of the library's folder, not of folders in it: another library may be there. */
async function eachKept(url: string | URL, use: (request: Request, cache: Cache) => Promise<void>): Promise<void> {
  if (typeof caches === 'undefined' || !(await caches.has(cacheName))) return
  const cache = await caches.open(cacheName)
  const folder = new URL('.', manifestUrlOf(url)).href
  for (const request of await cache.keys()) {
    const path = request.url.startsWith(folder) ? request.url.slice(folder.length).replace(/\?.*/, '') : '/'
    if (!path.includes('/')) await use(request, cache)
  }
}

export interface HttpOptions {
  /** What a relative address is relative to. */
  base?: string
  /** Hears of each file while it arrives, and of one that was kept when it is there. */
  onProgress?: ((progress: ModelProgress) => void) | undefined
  token?: string | undefined
  /** Hears what a server tells of its library, in `onPublish`. */
  follows?: boolean
}

/** What is looked at of a manifest before it is taken. */
interface Head {
  epoch: string
  counts: { records: number }
}

export class HttpStore extends ReadOnlyStore {
  readonly name: string
  readonly #manifestUrl: URL
  readonly #onProgress: HttpOptions['onProgress']
  readonly #token: string | undefined
  readonly #follows: boolean
  readonly #cache: Promise<Cache | undefined>
  readonly #fetching = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #callbacks = new Set<(publication: Publication) => void>()
  /** The manifest that was given last. */
  #given: Uint8Array<ArrayBuffer> | undefined
  /** Where the server tells of new manifests; undefined on a site, which does not. */
  #eventsUrl: string | undefined
  #searches = false
  #events: LiveEvents | undefined
  #wantsToken = false
  #replacement: { epoch: string; pictures: number } | undefined
  #mayWrite: Promise<boolean> | undefined
  /** Epoch that the person has agreed to. */
  #agreed: string | undefined

  constructor(url: string, { base, onProgress, token, follows = false }: HttpOptions = {}) {
    super()
    this.#onProgress = onProgress
    this.#token = token
    this.#follows = follows
    this.#manifestUrl = manifestUrlOf(url, base)
    this.name = this.#manifestUrl.href
    this.#cache =
      typeof caches === 'undefined' ? Promise.resolve(undefined) : caches.open(cacheName).catch(() => undefined)
  }

  /** undefined for a library on a site. */
  get remote(): Remote | undefined {
    if (this.#eventsUrl === undefined) return undefined
    const { pictures } = this.#replacement ?? {}
    return {
      wantsToken: this.#wantsToken,
      searches: this.#searches,
      ...(pictures !== undefined && { replacement: { pictures } }),
    }
  }

  /** `path`: where it is, if not under its name. */
  async read(name: string, path: string = name): Promise<Uint8Array | undefined> {
    const url = new URL(path, this.#manifestUrl).href
    const cache = await this.#cache
    const kept = await cache?.match(url)
    if (kept) {
      const bytes = await bytesOf(kept)
      if (await isNamed(bytes, name)) {
        this.#onProgress?.({ file: name, loaded: bytes.length, total: bytes.length })
        return bytes
      }
      await cache?.delete(url).catch(() => undefined)
    }
    // Who wants what is on its way waits for it.
    const fetching = this.#fetching.get(url) ?? this.#fetchAndKeep(url, name).finally(() => this.#fetching.delete(url))
    this.#fetching.set(url, fetching)
    return fetching
  }

  async #fetchAndKeep(url: string, name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#download(url, name)
    if (bytes && (await this.#cache) && (await isNamed(bytes, name))) await this.#keep(url, bytes)
    return bytes
  }

  async keep(name: string): Promise<void> {
    const cache = await this.#cache
    if (!(await cache?.match(new URL(name, this.#manifestUrl).href))) await this.read(name)
  }

  /** Drops files that are kept of a library that changes. */
  override async clean(keep: ReadonlySet<string>): Promise<void> {
    await eachKept(this.name, async (request, cache) => {
      const name = request.url.slice(request.url.lastIndexOf('/') + 1)
      if (fileNamePattern.test(name) && !keep.has(name)) await cache.delete(request)
    })
  }

  /**
   * The newest manifest; without a connection, or without the token that is asked for, the one seen last. Throws `not-found` where there is
   * none, `token` where none was seen before.
   */
  async readManifest(): Promise<Uint8Array | undefined> {
    const url = this.#manifestUrl.href
    const kept = await (await this.#cache)?.match(url)
    const known = this.#given ?? (kept && (await bytesOf(kept)))
    let response: Response | undefined
    let bytes: Uint8Array<ArrayBuffer> | undefined
    try {
      response = await this.#fetch(url, 'no-cache')
      bytes = response && (await bytesOf(response))
      this.#wantsToken = false
    } catch (error) {
      this.#wantsToken = error instanceof PicfindError && error.code === 'token'
      if (!known) throw error
      this.#learnLinks(kept)
      return this.#give(known)
    }
    if (!bytes || !response) throw new PicfindError('not-found', `There is no library at ${url}; check the address.`)
    this.#learnLinks(response)
    const head = headOf(bytes)
    this.#replacement = head && known && this.#needsConsent(headOf(known), head)
    if (known && this.#replacement) return this.#give(known)
    if (head) await this.#keep(url, bytes, response.headers.get('link'))
    return this.#give(bytes)
  }

  takeReplacement(): void {
    this.#agreed = this.#replacement?.epoch
  }

  override onPublish(callback: (publication: Publication) => void): () => void {
    if (!this.#follows || this.#eventsUrl === undefined) return () => {}
    this.#callbacks.add(callback)
    const tell = () => {
      for (const callback of this.#callbacks) callback({ sequence: 0 })
    }
    this.#events ??= new LiveEvents(this.#eventsUrl, {
      headers: () => this.#headersFor(this.#manifestUrl.href),
      onNews: tell,
      // The manifest says what is wrong, in words.
      onRefused: tell,
    })
    return () => this.#callbacks.delete(callback)
  }

  override close(): void {
    this.#events?.close()
  }

  /** A thumbnail of a picture that is gone is its picture's: it goes as well. */
  async cleanBeside(isThere: (record: string) => Promise<boolean>): Promise<void> {
    await eachKept(this.name, async (request, cache) => {
      const said = new URL(request.url).searchParams
      const record = said.get('of')
      if (said.has('beside') && !(record !== null && (await isThere(record)))) await cache.delete(request)
    })
  }

  async readBeside(
    address: string,
    record: string,
    isWhole?: (bytes: Uint8Array) => Promise<boolean>,
  ): Promise<Blob | undefined> {
    const url = new URL(address, this.#manifestUrl)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
    // Kept under the library's own address, wherever it is from, so that it goes with the library.
    const query = `?beside=${encodeURIComponent(address)}&of=${encodeURIComponent(record)}`
    const key = new URL(query, this.#manifestUrl).href
    const cache = await this.#cache
    const kept = await cache?.match(key)
    if (kept) return kept.blob()
    // What a server may take back is kept in one place.
    const response = await this.#fetch(url.href, cache && this.#eventsUrl !== undefined ? 'no-store' : 'default')
    if (!response) return undefined
    const bytes = await bytesOf(response)
    // Sites answer with pages of their own where a file should be.
    if (/^text\/html/i.test(response.headers.get('content-type') ?? '')) return undefined
    if (isWhole && !(await isWhole(bytes))) return undefined
    await this.#keep(key, bytes)
    return new Blob([bytes])
  }

  async readOriginal(address: string): Promise<Blob | undefined> {
    const response = await this.#fetch(new URL(address, this.#manifestUrl).href, 'default')
    const isPage = /^text\/html/i.test(response?.headers.get('content-type') ?? '')
    return isPage ? undefined : response?.blob()
  }

  async offerThumbnail(path: string, jpeg: Uint8Array): Promise<void> {
    this.#mayWrite ??= this.#readRights().catch(() => false)
    if (!(await this.#mayWrite)) return
    const url = new URL(`thumbnails/${path.split('/').map(encodeURIComponent).join('/')}`, this.#manifestUrl).href
    const headers = { ...this.#headersFor(url), 'Content-Type': 'image/jpeg' }
    await fetch(url, { method: 'PUT', headers, body: new Uint8Array(jpeg) })
  }

  /** What a server says of its library, or answers to a body; undefined where there is nothing. Throws `token`, `download`. */
  async ask(path: string, { body, signal }: { body?: unknown; signal?: AbortSignal } = {}): Promise<unknown> {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const url = new URL(path, this.#manifestUrl).href
    return (await this.#fetch(url, 'no-store', { ...request, ...(signal && { signal }) }))?.json()
  }

  async #readRights(): Promise<boolean> {
    const answer = await this.ask('.')
    const { rights } = (Array.isArray(answer) ? answer[0] : answer) as { rights?: string[] }
    return rights?.includes('write') ?? false
  }

  #give(manifest: Uint8Array<ArrayBuffer>): Uint8Array {
    this.#given = manifest
    return manifest
  }

  #learnLinks(response: Response | undefined): void {
    const links = response?.headers.get('link') ?? ''
    const events = linkOf(links, 'monitor')
    this.#eventsUrl = events === undefined ? this.#eventsUrl : new URL(events, this.#manifestUrl).href
    this.#searches = linkOf(links, 'search') !== undefined
  }

  /** What is at the address now, if it has lost its history and most of its pictures: a server may have lost them by accident. */
  #needsConsent(known: Head | undefined, found: Head): { epoch: string; pictures: number } | undefined {
    if (!known || known.epoch === found.epoch || this.#agreed === found.epoch) return undefined
    const pictures = found.counts.records
    return pictures >= known.counts.records * leastPart ? undefined : { epoch: found.epoch, pictures }
  }

  #headersFor(url: string): Record<string, string> {
    const isOwn = this.#token !== undefined && new URL(url).origin === this.#manifestUrl.origin
    return isOwn ? { Authorization: `Bearer ${this.#token}` } : {}
  }

  /** A connection that is lost costs this file and no other. */
  async #download(url: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    // A site is not asked again: what it does not have for a page now it will hardly have in a second.
    for (const delay of this.#eventsUrl === undefined ? [] : retriesAfter) {
      try {
        return await this.#downloadOnce(url, name)
      } catch (error) {
        const isLost = error instanceof PicfindError && error.code === 'download'
        if (!isLost || navigatorIsOffline()) throw error
        await new Promise(resolve => setTimeout(resolve, delay))
      }
    }
    return this.#downloadOnce(url, name)
  }

  async #downloadOnce(url: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.#fetch(url, 'default')
    return (
      response &&
      this.#receive(response, name).catch(error => {
        throw unreachable(url, error)
      })
    )
  }

  async #fetch(url: string, cache: RequestCache, request: RequestInit = {}): Promise<Response | undefined> {
    let response: Response
    try {
      response = await fetch(url, { ...request, cache, headers: this.#headersFor(url) })
    } catch (error) {
      request.signal?.throwIfAborted()
      throw unreachable(url, error)
    }
    if (response.ok) return response
    await response.body?.cancel()
    if (response.status === 404 || response.status === 410) return undefined
    if (response.status === 401 || response.status === 403) {
      const found = this.#token === undefined ? 'there is none for it here' : 'the one that is kept for it is not valid'
      throw new PicfindError('token', `${new URL(url).origin} asks for a token that may read the library; ${found}.`)
    }
    throw new PicfindError('download', `${url} was answered with ${response.status} ${response.statusText}.`)
  }

  async #receive(response: Response, file: string): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#onProgress || !response.body) return bytesOf(response)
    // Of a compressed answer the length says nothing.
    const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length')
    const total = length === null ? null : Number(length)
    const chunks: Uint8Array<ArrayBuffer>[] = []
    let loaded = 0
    const reader = response.body.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value)
      loaded += read.value.length
      this.#onProgress({ file, loaded, total })
    }
    return new Uint8Array(await new Blob(chunks).arrayBuffer())
  }

  /** A cache that is full or forbidden costs offline use, nothing else. */
  async #keep(url: string, bytes: Uint8Array<ArrayBuffer>, link: string | null = null): Promise<void> {
    const response = new Response(bytes, link === null ? {} : { headers: { link } })
    await (await this.#cache)?.put(url, response).catch(() => undefined)
  }
}

/** Where a Link header says that something is. */
function linkOf(header: string, relation: string): string | undefined {
  return new RegExp(`<([^>]*)>\\s*;\\s*rel="?${relation}"?`).exec(header)?.[1]
}

function unreachable(url: string, error: unknown): PicfindError {
  return new PicfindError('download', `${url} cannot be reached (${reasonOf(error)}); check the connection.`)
}

/** Of what Node knows nothing. */
function navigatorIsOffline(): boolean {
  return typeof navigator !== 'undefined' && navigator.onLine === false
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer())
}

async function isNamed(bytes: Uint8Array, name: string): Promise<boolean> {
  return (await sha256(bytes, noFallback)) === name
}

/** Of a manifest; sites answer with pages of their own where a file should be. */
function headOf(bytes: Uint8Array): Head | undefined {
  try {
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as (Head & { segments?: unknown }) | null
    return manifest && Array.isArray(manifest.segments) ? manifest : undefined
  } catch {
    return undefined
  }
}
