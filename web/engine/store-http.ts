import { PicfindError, reasonOf } from './errors.ts'
import type { ModelProgress } from './options.ts'
import { noFallback, sha256 } from './sha256.ts'
import type { Store, StoreDescription, WriterLock } from './store.ts'

/** A library on a site: `url` is its folder or its manifest.json. Read-only; files are kept for offline use where there is a Cache API. */
export function http(url: string | URL): StoreDescription {
  return { kind: 'http', url: String(url) }
}

const cacheName = 'picfind-files'

export interface HttpOptions {
  /** What a relative address is relative to. */
  base?: string
  /** Hears of each file while it arrives, and of one that was kept when it is there. */
  onProgress?: (progress: ModelProgress) => void
}

export class HttpStore implements Store {
  readonly name: string
  readonly readOnly = true
  readonly #manifestUrl: URL
  readonly #onProgress: HttpOptions['onProgress']
  readonly #cache: Promise<Cache | undefined>

  constructor(url: string, { base, onProgress }: HttpOptions = {}) {
    this.#onProgress = onProgress
    const given = new URL(url, base)
    this.#manifestUrl = /\.json$/.test(given.pathname)
      ? given
      : new URL('manifest.json', given.pathname.endsWith('/') ? given : `${given.origin}${given.pathname}/`)
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

  async write(): Promise<void> {
    throw this.#readOnly()
  }

  async publish(): Promise<void> {
    throw this.#readOnly()
  }

  async clean(): Promise<void> {
    throw this.#readOnly()
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  async lockWriter(): Promise<WriterLock | undefined> {
    throw this.#readOnly()
  }

  onPublish(): () => void {
    return () => {}
  }

  async recall(): Promise<unknown> {
    return undefined
  }

  async remember(): Promise<void> {}

  async remove(): Promise<void> {
    throw this.#readOnly()
  }

  close(): void {}

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

  #readOnly(): PicfindError {
    return new PicfindError(
      'read-only',
      `${this.name} is read over HTTP and cannot be written; index into another store.`,
    )
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
