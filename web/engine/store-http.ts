import { PicfindError, reasonOf } from './errors.ts'
import type { ModelProgress } from './options.ts'
import { noFallback, sha256 } from './sha256.ts'
import type { StoreDescription } from './store.ts'
import { ReadOnlyStore } from './store-read-only.ts'

/** A library on a site: `url` is its folder or its manifest.json. Read-only; files are kept for offline use where there is a Cache API. */
export function http(url: string | URL): StoreDescription {
  return { kind: 'http', url: String(url) }
}

const cacheName = 'picfind-files'

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
  onProgress?: (progress: ModelProgress) => void
}

export class HttpStore extends ReadOnlyStore {
  readonly name: string
  readonly #manifestUrl: URL
  readonly #onProgress: HttpOptions['onProgress']
  readonly #cache: Promise<Cache | undefined>

  constructor(url: string, { base, onProgress }: HttpOptions = {}) {
    super()
    this.#onProgress = onProgress
    this.#manifestUrl = manifestUrlOf(url, base)
    this.name = this.#manifestUrl.href
    this.#cache =
      typeof caches === 'undefined' ? Promise.resolve(undefined) : caches.open(cacheName).catch(() => undefined)
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
    const response = await this.#fetch(url, 'default')
    if (!response) return undefined
    const bytes = await this.#receive(response, name)
    if (cache && (await isNamed(bytes, name))) await this.#keep(url, bytes)
    return bytes
  }

  /** The newest manifest; without a connection the one seen last. Throws `not-found` where there is none. */
  async readManifest(): Promise<Uint8Array | undefined> {
    const url = this.#manifestUrl.href
    let bytes: Uint8Array<ArrayBuffer> | undefined
    try {
      const response = await this.#fetch(url, 'no-cache')
      bytes = response && (await bytesOf(response))
    } catch (error) {
      const kept = await (await this.#cache)?.match(url)
      if (kept) return bytesOf(kept)
      throw error
    }
    if (!bytes) throw new PicfindError('not-found', `There is no library at ${url}; check the address.`)
    if (isManifest(bytes)) await this.#keep(url, bytes)
    return bytes
  }

  async readBeside(address: string): Promise<Blob | undefined> {
    const url = new URL(address, this.#manifestUrl)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
    // Kept under the library's own address, wherever it is from, so that it goes with the library.
    const key = new URL(`?beside=${encodeURIComponent(address)}`, this.#manifestUrl).href
    const cache = await this.#cache
    const kept = await cache?.match(key)
    if (kept) return kept.blob()
    const response = await this.#fetch(url.href, 'default')
    if (!response) return undefined
    const bytes = await bytesOf(response)
    // Sites answer with pages of their own where a file should be.
    if (/^text\/html/i.test(response.headers.get('content-type') ?? '')) return undefined
    await this.#keep(key, bytes)
    return new Blob([bytes])
  }

  async #fetch(url: string, cache: RequestCache): Promise<Response | undefined> {
    let response: Response
    try {
      response = await fetch(url, { cache })
    } catch (error) {
      throw new PicfindError('download', `${url} cannot be reached (${reasonOf(error)}); check the connection.`)
    }
    if (response.ok) return response
    await response.body?.cancel()
    if (response.status === 404 || response.status === 410) return undefined
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
  async #keep(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.#cache)?.put(url, new Response(bytes)).catch(() => undefined)
  }
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer())
}

async function isNamed(bytes: Uint8Array, name: string): Promise<boolean> {
  return (await sha256(bytes, noFallback)) === name
}

/** Sites answer with pages of their own where a file should be. */
function isManifest(bytes: Uint8Array): boolean {
  try {
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as { segments?: unknown } | null
    return Array.isArray(manifest?.segments)
  } catch {
    return false
  }
}
