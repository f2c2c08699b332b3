/** Downloads a large file: goes on where an earlier try ended, tries again when the line breaks, and says clearly why it cannot. */
import { PicfindError, reasonOf } from './errors.ts'
import type { ModelCache } from './model-cache.ts'

export interface DownloadOptions {
  fetch?: typeof fetch
  /** Milliseconds before the second try in a row; doubles with every further one. */
  retryDelay?: number
  /** Milliseconds without a byte after which the connection counts as broken. */
  stallTimeout?: number
}

export interface DownloadRequest {
  url: string
  /** Name in the cache. */
  name: string
  /** Expected size, where it is known. */
  bytes: number | null
  signal?: AbortSignal | undefined
  onProgress?: (loaded: number, total: number | null, kept: boolean) => void
}

/** Tries in a row that brought no byte before it gives up. */
const maxFailures = 4
/** Bytes between writes to the cache: what a break can cost. */
const pieceSize = 4 * 1024 * 1024

/** A failure that another try may not meet. */
class BrokenLine extends Error {}

/** Loads the whole file and leaves it in the cache as a part, not yet verified. */
export async function download(
  request: DownloadRequest,
  cache: ModelCache,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const transfer = new Transfer(request, cache, options)
  await transfer.takeUp()
  for (let failures = 0; ; ) {
    const before = transfer.loaded
    try {
      return await transfer.attempt()
    } catch (error) {
      request.signal?.throwIfAborted()
      if (!(error instanceof BrokenLine)) throw error
      failures = transfer.loaded > before ? 1 : failures + 1
      if (failures >= maxFailures) {
        throw new PicfindError('download', `${error.message}; what has arrived is kept, try again later`, {
          cause: error.cause,
        })
      }
      await pause((options.retryDelay ?? 500) * 2 ** (failures - 1), request.signal)
    }
  }
}

class Transfer {
  readonly #request: DownloadRequest
  readonly #cache: ModelCache
  readonly #fetch: typeof fetch
  readonly #stallTimeout: number
  #buffer = new Uint8Array(0)
  #etag: string | undefined
  #written = 0
  /** Whether the cache still takes what arrives. */
  #kept = true
  loaded = 0

  constructor(request: DownloadRequest, cache: ModelCache, options: DownloadOptions) {
    this.#request = request
    this.#cache = cache
    // A browser's `fetch` may not be called as a method of anything else.
    this.#fetch = options.fetch ?? ((...request) => fetch(...request))
    this.#stallTimeout = options.stallTimeout ?? 60_000
  }

  /** Begins with what an earlier download of the same address left. */
  async takeUp(): Promise<void> {
    const { name, url } = this.#request
    const note = await this.#cache.readNote(name)
    const part = note?.url === url ? await this.#cache.readPart(name) : undefined
    if (!part) return
    this.#buffer = new Uint8Array(part)
    this.loaded = this.#written = part.length
    this.#etag = note?.etag
  }

  async attempt(): Promise<Uint8Array> {
    const response = await this.#open()
    if (response.status === 416) return this.#buffer.subarray(0, this.loaded)
    const total = this.#totalOf(response)
    if (total !== null) this.#reserve(total)
    try {
      await this.#receive(response, total)
    } finally {
      await this.#writeOut()
    }
    if (total !== null && this.loaded < total) {
      throw new BrokenLine(`${this.#request.url} ended after ${this.loaded} of ${total} bytes`)
    }
    return this.#buffer.subarray(0, this.loaded)
  }

  /** A response whose body goes on at `loaded`, which is set back to 0 where the server cannot go on. */
  async #open(): Promise<Response> {
    const { url } = this.#request
    let response = await this.#ask()
    const isWhole = response.status === 416 && response.headers.get('content-range') === `bytes */${this.loaded}`
    if (isWhole) return response
    const goesOn =
      response.status === 206 &&
      (response.headers.get('content-range') ?? `bytes ${this.loaded}-`).startsWith(`bytes ${this.loaded}-`) &&
      (response.headers.get('etag') ?? undefined) === this.#etag
    if (this.loaded > 0 && !goesOn) {
      this.#startOver()
      if (response.status === 206 || response.status === 416) {
        await response.body?.cancel()
        response = await this.#ask()
      }
    }
    if (response.status === 429 || response.status >= 500) {
      throw new BrokenLine(`${url} answered ${response.status} ${response.statusText}`)
    }
    if (!response.ok) {
      throw new PicfindError(
        'download',
        `${url} answered ${response.status} ${response.statusText}; the file may have been moved: look for a newer Picfind, or put the file beside the model's manifest`,
      )
    }
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) throw this.#webPage()
    if (this.loaded === 0) {
      this.#etag = response.headers.get('etag') ?? undefined
      await this.#keep(() => this.#noteVersion())
    }
    return response
  }

  async #ask(): Promise<Response> {
    const { url, signal } = this.#request
    const headers: HeadersInit = this.loaded > 0 ? { Range: `bytes=${this.loaded}-` } : {}
    try {
      return await this.#fetch(url, signal ? { headers, signal } : { headers })
    } catch (error) {
      const offline = globalThis.navigator?.onLine === false
      const cause = error instanceof Error && error.cause ? `: ${reasonOf(error.cause)}` : ''
      throw new BrokenLine(
        offline
          ? `This device is offline, and ${url} is not here yet`
          : `${url} cannot be reached${cause}; check the connection`,
        { cause: error },
      )
    }
  }

  async #receive(response: Response, total: number | null): Promise<void> {
    const { url, onProgress } = this.#request
    const reader = response.body?.getReader()
    if (!reader) return
    for (;;) {
      let chunk: ReadableStreamReadResult<Uint8Array>
      try {
        chunk = await within(this.#stallTimeout, reader.read())
      } catch (error) {
        reader.cancel().catch(() => {})
        throw new BrokenLine(`${url} broke off after ${this.loaded} bytes: ${reasonOf(error)}`, { cause: error })
      }
      if (chunk.done) return
      if (this.loaded === 0 && looksLikeWebPage(chunk.value)) {
        await reader.cancel()
        throw this.#webPage()
      }
      this.#reserve(this.loaded + chunk.value.length)
      this.#buffer.set(chunk.value, this.loaded)
      this.loaded += chunk.value.length
      if (this.loaded - this.#written >= pieceSize) await this.#writeOut()
      onProgress?.(this.loaded, total, this.#kept)
    }
  }

  #startOver(): void {
    this.loaded = this.#written = 0
  }

  /** Room for `length` bytes; at least doubled, so that growing costs little where the size is not known. */
  #reserve(length: number): void {
    if (length <= this.#buffer.length) return
    const larger = new Uint8Array(this.#buffer.length === 0 ? length : Math.max(length, 2 * this.#buffer.length))
    larger.set(this.#buffer.subarray(0, this.loaded))
    this.#buffer = larger
  }

  async #writeOut(): Promise<void> {
    if (this.loaded === this.#written) return
    await this.#keep(() =>
      this.#cache.writePart(this.#request.name, this.#written, this.#buffer.subarray(this.#written, this.loaded)),
    )
    this.#written = this.loaded
  }

  async #noteVersion(): Promise<void> {
    const { name, url } = this.#request
    const earlier = await this.#cache.readNote(name)
    const recorded = earlier?.url === url && earlier.sha256 ? { sha256: earlier.sha256 } : {}
    await this.#cache.writeNote(name, { url, ...(this.#etag ? { etag: this.#etag } : {}), ...recorded })
  }

  /** A full cache costs a download next time, not this one. */
  async #keep(write: () => Promise<void>): Promise<void> {
    if (!this.#kept) return
    try {
      await write()
    } catch {
      this.#kept = false
      await this.#cache.remove(this.#request.name).catch(() => {})
    }
  }

  #totalOf(response: Response): number | null {
    if (this.#request.bytes !== null) return this.#request.bytes
    const length = response.headers.get('content-length')
    return length === null || response.headers.has('content-encoding') ? null : this.loaded + Number(length)
  }

  #webPage(): PicfindError {
    return new PicfindError(
      'download',
      `${this.#request.url} answered with a web page instead of the file; a login page of this network may be in the way: open any page in the browser, then try again`,
    )
  }
}

function looksLikeWebPage(bytes: Uint8Array): boolean {
  return /^\s*<(!doctype html|html)/i.test(new TextDecoder('latin1').decode(bytes.subarray(0, 64)))
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no byte for ${milliseconds / 1000} s`)), milliseconds)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        reject(signal.reason)
      },
      { once: true },
    )
  })
}
