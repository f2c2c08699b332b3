import { LatestValue } from './latest-value.ts'
import type { Source } from './source.ts'
import type { AddOptions, Hits, LibraryInfo, PictureRecord, Progress, Query, SearchOptions } from './types.ts'
import type { LibraryService, OnProgress } from './workers/protocol.ts'

/** Reaches the work behind a library: in Node the host itself, in a page its worker. */
export interface Connection {
  service: LibraryService
  /** Starts indexing; a page turns the source into what its worker can take. */
  add(job: number, source: Source, options: Omit<AddOptions, 'signal'>, onProgress: OnProgress): Promise<Progress>
  /** The source as it was added, asking for permission again where the platform wants it. */
  source(name: string): Promise<Source | undefined>
  disconnect(): void
}

/** The part of a Library that is the same everywhere. `change` is dispatched whenever another manifest is in use, or more of its vectors. */
export class LibraryFront extends EventTarget {
  readonly #connection: Connection
  #jobs = 0
  #ending: Promise<void> | undefined

  constructor(connection: Connection) {
    super()
    this.#connection = connection
  }

  /**
   * Brings the library up to date with a source: new and changed pictures are indexed, renamed ones carried over, deleted ones
   * dropped. What is done is committed at least every 64 pictures or 5 seconds; leaving the loop or aborting commits and stops,
   * without an error: the last progress then has another phase than `done`. Throws `busy` while another tab or process is writing.
   */
  async *add(source: Source, options: AddOptions = {}): AsyncGenerator<Progress, void, undefined> {
    const { signal, ...rest } = options
    if (signal?.aborted) return
    const job = ++this.#jobs
    const stop = () => void this.#connection.service.stop(job)
    const latest = new LatestValue<Progress>()
    const work = this.#connection
      .add(job, source, rest, progress => latest.set(progress))
      // The last one comes with the answer: reports go another way and may be slower.
      .then(last => latest.set(last))
      .finally(() => latest.end())
    // Whoever reads may be away when it fails; the error waits here until they are back.
    work.catch(() => undefined)
    signal?.addEventListener('abort', stop)
    try {
      yield* latest
      await work
    } finally {
      signal?.removeEventListener('abort', stop)
      stop()
      await work.catch(() => undefined)
    }
  }

  /** The best hits for words, a picture or a record of the library; all pictures, newest first, for an empty string. */
  async search(query: Query, options: SearchOptions = {}): Promise<Hits> {
    const { signal, ...rest } = options
    signal?.throwIfAborted()
    const job = ++this.#jobs
    const stop = () => void this.#connection.service.stop(job)
    signal?.addEventListener('abort', stop)
    return abortable(this.#connection.service.search(job, query, rest), signal).finally(() =>
      signal?.removeEventListener('abort', stop),
    )
  }

  /** Throws `not-found` for an id that is not in the library. */
  record(id: string): Promise<PictureRecord> {
    return this.#connection.service.record(id)
  }

  /** A JPEG of at most 320 pixels; undefined where the library has none. */
  thumbnail(id: string): Promise<Uint8Array | undefined> {
    return this.#connection.service.thumbnail(id)
  }

  /** The file itself, where its source can still be read. */
  original(id: string): Promise<Blob | undefined> {
    return this.#connection.service.original(id)
  }

  /**
   * A source as it was added, to index it again; undefined where its files are not known any more. A browser may ask the person for
   * permission: call it from a click.
   */
  source(name: string): Promise<Source | undefined> {
    return this.#connection.source(name)
  }

  info(): Promise<LibraryInfo> {
    return this.#connection.service.info()
  }

  /** Fetches every file of a library on a site that is not here yet, so that all of it can be used without a network. */
  keep(): Promise<void> {
    return this.#connection.service.keep()
  }

  /** Takes what has taken the library's place on its server (`info().remote.replacement`); what is kept here of it goes. */
  takeReplacement(): Promise<void> {
    return this.#connection.service.takeReplacement()
  }

  /** Drops the pictures of a source from the library, and their data with it. The files themselves are not touched. */
  removeSource(name: string): Promise<void> {
    return this.#connection.service.removeSource(name)
  }

  /** Removes the whole library from its store and closes it. */
  destroy(): Promise<void> {
    return this.#end(() => this.#connection.service.destroy())
  }

  close(): Promise<void> {
    return this.#end(() => this.#connection.service.close())
  }

  /** Ending twice is ending once; a library that could not be destroyed stays open. */
  #end(how: () => Promise<void>): Promise<void> {
    this.#ending ??= how().then(
      () => this.#connection.disconnect(),
      error => {
        this.#ending = undefined
        throw error
      },
    )
    return this.#ending
  }
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
