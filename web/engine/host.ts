import { proxy } from 'comlink'
import type { Core } from './core.ts'
import { loadCore } from './core-loader.ts'
import { DecoderPool } from './decoder-pool.ts'
import { EncoderQueue } from './encoder-queue.ts'
import { PicfindError, reasonOf } from './errors.ts'
import { Ingest } from './ingest.ts'
import type { Platform } from './platform.ts'
import { LibraryReader, readSpaceId } from './reader.ts'
import { readRecord, readThumbnail, rowOf, SourceIndex } from './records.ts'
import { type Found, listNewest, searchLike, searchVector } from './search.ts'
import type { Source, SourceOrigin } from './source.ts'
import { sourceName } from './source-name.ts'
import type { Store, StoreDescription } from './store.ts'
import type { AddOptions, Hits, LibraryInfo, PictureRecord, Progress, Query, SearchOptions } from './types.ts'
import { WorkerCalls, WorkerLost } from './worker-calls.ts'
import type {
  EncoderService,
  LibraryEvents,
  LibraryService,
  OnProgress,
  OpenedEncoder,
  OpenRequest,
  SourceRequest,
} from './workers/protocol.ts'
import { LibraryWriter } from './writer.ts'

const defaultModel = 'picfind-mini'
const defaultHits = 30

/** Pictures of a first commit from which a mean can be measured, for models that bring none. */
const fewestForMean = 32

/** One opened library with all that works for it: core, store, decoders, encoder. */
export class LibraryHost implements LibraryService {
  readonly #platform: Platform
  readonly #reader: LibraryReader
  readonly #model: OpenedEncoder
  readonly #encoderCalls: WorkerCalls<EncoderService>
  readonly #encoder: EncoderQueue
  readonly #decoders: DecoderPool
  readonly #sourceIndex: SourceIndex
  readonly #unsubscribe: () => void
  readonly #jobs = new Map<number, AbortController>()
  /** Sources added since the library was opened. */
  readonly #sources = new Map<string, Source>()
  #writing: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  private constructor(
    platform: Platform,
    reader: LibraryReader,
    model: OpenedEncoder,
    encoder: WorkerCalls<EncoderService>,
  ) {
    this.#platform = platform
    this.#reader = reader
    this.#model = model
    this.#encoderCalls = encoder
    this.#encoder = new EncoderQueue({
      encodePicture: tensor => encoder.call(service => service.encodePicture(tensor)).catch(explainLoss),
      encodeText: (text, tower) => encoder.call(service => service.encodeText(text, tower)).catch(explainLoss),
    })
    this.#decoders = new DecoderPool(platform, { assets: platform.assets, preprocess: model.preprocess })
    this.#sourceIndex = new SourceIndex(reader)
    this.#unsubscribe = reader.store.onPublish(() => void reader.refresh().catch(() => undefined))
  }

  static async open(
    request: Omit<OpenRequest, 'store' | 'assets'> & { store: StoreDescription | Store },
    events: LibraryEvents,
    platform: Platform,
  ): Promise<LibraryHost> {
    const store = platform.openStore(request.store)
    const loadingCore = loadCore(platform.assets)
    loadingCore.catch(() => undefined)
    const name = request.model ?? (await readSpaceId(store)) ?? defaultModel
    const encoder = new WorkerCalls(platform.startEncoder())
    let reader: LibraryReader | undefined
    try {
      const setup = {
        assets: platform.assets,
        manifest: platform.manifestOf(name),
        acceptedLicence: request.acceptedLicence ?? false,
      }
      const onProgress = proxy((progress: Parameters<LibraryEvents['modelProgress']>[0]) =>
        events.modelProgress(progress),
      )
      const model = await encoder.call(service => service.open(setup, onProgress)).catch(explainLoss)
      const core: Core = await loadingCore
      reader = new LibraryReader(core, store, model.space.sha256, () => events.changed())
      await reader.refresh()
      return new LibraryHost(platform, reader, model, encoder)
    } catch (error) {
      encoder.stop('the library could not be opened')
      if (reader) await reader.close()
      else store.close()
      throw error
    }
  }

  async add(
    job: number,
    request: SourceRequest | Source,
    options: Pick<AddOptions, 'include' | 'exclude'>,
    onProgress: OnProgress,
  ): Promise<Progress> {
    const source = 'list' in request ? request : this.#open(request)
    // It may be stopped while it still waits for its turn to write.
    const stopped = new AbortController()
    this.#jobs.set(job, stopped)
    const adding = this.#write(async writer => {
      const name = await sourceName(this.#reader, this.#platform, source)
      this.#sources.set(name, source)
      const { origin } = source
      if (origin && origin.kind !== 'files') await this.#reader.store.remember(name, origin)
      const tools = {
        reader: this.#reader,
        writer,
        decoders: this.#decoders,
        encoder: this.#encoder,
        sources: this.#sourceIndex,
        ensureCreated: (vectors: Float32Array[]) => this.#ensureCreated(writer, vectors),
      }
      return new Ingest(tools, source, name, options, onProgress).run(stopped.signal)
    })
    return adding.finally(() => this.#jobs.delete(job))
  }

  async stop(job: number): Promise<void> {
    this.#jobs.get(job)?.abort()
  }

  async search(query: Query, options: Omit<SearchOptions, 'signal'> = {}): Promise<Hits> {
    const started = performance.now()
    const { found, tower } = await this.#find(query, options)
    return Object.assign(found.hits, { rescored: found.rescored, tower, tookMs: performance.now() - started })
  }

  record(id: string): Promise<PictureRecord> {
    return this.#reader.read(async library => {
      const record = await readRecord(this.#reader, library, rowOf(library, id))
      if (!record) throw new PicfindError('corrupt', `The record of "${id}" is in a damaged file.`)
      return record
    })
  }

  thumbnail(id: string): Promise<Uint8Array | undefined> {
    return this.#reader.read(library => readThumbnail(this.#reader, library, rowOf(library, id)))
  }

  async original(id: string): Promise<Blob | undefined> {
    const { source: name, path } = await this.record(id)
    const origin = await this.originOf(name)
    const source = this.#sources.get(name) ?? (origin && this.#platform.openSource(origin, name))
    const file = await source?.read(path).catch(() => undefined)
    return file ?? this.#fetchOriginal(name, path)
  }

  async originOf(source: string): Promise<SourceOrigin | undefined> {
    return (await this.#reader.store.recall(source)) as SourceOrigin | undefined
  }

  async info(): Promise<LibraryInfo> {
    const { store, manifest } = this.#reader
    const counts = await this.#reader.read(library => this.#sourceIndex.counts(library))
    const { library } = this.#reader
    return {
      pictures: library.count,
      sources: (manifest?.sources ?? []).map(source => ({ ...source, pictures: counts.get(source.name) ?? 0 })),
      model: this.#model.model,
      space: this.#model.space.sha256,
      sequence: manifest?.sequence ?? 0,
      readOnly: store.readOnly,
      notices: this.#reader.faults,
      bytes: manifest ? library.files().reduce((sum, { bytes }) => sum + bytes, 0) : 0,
    }
  }

  keep(): Promise<void> {
    const { store } = this.#reader
    return this.#reader.read(async library => {
      for (const { name } of library.files()) await store.read(name)
    })
  }

  removeSource(name: string): Promise<void> {
    return this.#write(async writer => {
      const { manifest, store } = this.#reader
      const sources = manifest?.sources ?? []
      if (!sources.some(source => source.name === name)) {
        throw new PicfindError('not-found', `There is no source "${name}" in ${store.name}.`)
      }
      const ids = await this.#reader.read(library =>
        this.#sourceIndex.idsOf(name, library, library.newest(0, library.count)),
      )
      await writer.commit({ rows: [], deleteIds: ids, sources: sources.filter(source => source.name !== name) })
      await writer.purge()
      await store.remember(name, undefined)
      this.#sources.delete(name)
    })
  }

  async destroy(): Promise<void> {
    const { store } = this.#reader
    await this.#write(() => store.remove())
    await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const job of this.#jobs.values()) job.abort()
    await this.#writing
    this.#unsubscribe()
    this.#decoders.close()
    this.#encoderCalls.stop('the library was closed')
    await this.#reader.close()
  }

  #open({ origin, name, url }: SourceRequest): Source {
    const source = this.#platform.openSource(origin, name, url)
    if (!source) throw new PicfindError('unsupported', `The files of "${name}" cannot be read here.`)
    return source
  }

  /** Runs `work` as the library's writer, after what is being written now. */
  #write<T>(work: (writer: LibraryWriter) => Promise<T>): Promise<T> {
    const turn = this.#writing.then(async () => {
      const writer = await LibraryWriter.open(this.#reader)
      try {
        return await work(writer)
      } finally {
        await writer.release()
      }
    })
    this.#writing = turn.catch(() => undefined)
    return turn
  }

  async #ensureCreated(writer: LibraryWriter, vectors: Float32Array[]): Promise<void> {
    if (this.#reader.manifest) return
    const { space, dim, mean } = this.#model
    await writer.create({ epoch: randomEpoch(), space, dim, mean: mean ?? meanOf(vectors, dim), full: true })
  }

  async #find(query: Query, options: Omit<SearchOptions, 'signal'>): Promise<{ found: Found; tower: string }> {
    const { k = defaultHits, offset = 0, tower: wanted = 'best' } = options
    if (!Number.isSafeInteger(k) || k < 1 || !Number.isSafeInteger(offset) || offset < 0) {
      throw new PicfindError(
        'usage',
        `k must be a whole number from 1 and offset one from 0, found ${k} and ${offset}.`,
      )
    }
    if (!this.#reader.manifest) return { found: nothing(), tower: '' }
    if (typeof query === 'string') return this.#findWords(query, k, offset, wanted)
    if ('like' in query) return { found: await searchLike(this.#reader, query.like, k, offset), tower: '' }
    const vector = 'vector' in query ? this.#checked(query.vector) : await this.#encodeQuery(query.picture)
    return { found: await searchVector(this.#reader, vector, k, offset), tower: '' }
  }

  async #findWords(
    words: string,
    k: number,
    offset: number,
    wanted: 'instant' | 'best',
  ): Promise<{ found: Found; tower: string }> {
    if (words.trim() === '') return { found: await listNewest(this.#reader, k, offset), tower: '' }
    const { vector, tower } = await this.#encoder.encodeText(words, wanted)
    return { found: vector ? await searchVector(this.#reader, vector, k, offset) : nothing(), tower }
  }

  async #encodeQuery(picture: Blob | Uint8Array): Promise<Float32Array> {
    // The caller's bytes stay the caller's.
    const file = picture instanceof Uint8Array ? picture.slice() : picture
    const name = picture instanceof File ? picture.name : ''
    const taken = await this.#decoders.take(file, name)
    const { tensor } = await taken.decode({ thumbnail: false })
    return this.#encoder.encodeQuery(tensor)
  }

  #checked(vector: Float32Array): Float32Array {
    if (vector.length === this.#model.dim) return vector
    throw new PicfindError('usage', `The query vector must be float32[${this.#model.dim}], found ${vector.length}.`)
  }

  /** The file at the source's public address. */
  async #fetchOriginal(name: string, path: string): Promise<Blob | undefined> {
    const { manifest, store } = this.#reader
    const url = manifest?.sources.find(source => source.name === name)?.url
    if (url === undefined) return undefined
    const library = store.name.startsWith('http') ? store.name : undefined
    const file = `${url.replace(/\/?$/, '/')}${path.split('/').map(encodeURIComponent).join('/')}`
    if (!URL.canParse(file, library)) return undefined
    const response = await fetch(new URL(file, library)).catch(() => undefined)
    return response?.ok ? response.blob() : undefined
  }
}

function nothing(): Found {
  return { hits: [], rescored: 'full' }
}

/** A library is bound to no encoder that is gone: opening it again starts another. */
function explainLoss(error: unknown): never {
  if (error instanceof WorkerLost) {
    throw new Error(`The encoder broke down (${reasonOf(error)}); open the library again.`, { cause: error })
  }
  throw error
}

/** 128 random bits in hex. */
function randomEpoch(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** float32[dim]; zeros where there are too few vectors to tell. */
function meanOf(vectors: Float32Array[], dim: number): Float32Array {
  const mean = new Float32Array(dim)
  if (vectors.length < fewestForMean) return mean
  for (const vector of vectors) {
    for (let i = 0; i < dim; i++) mean[i] = mean[i]! + vector[i]! / vectors.length
  }
  return mean
}
