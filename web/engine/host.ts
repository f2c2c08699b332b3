import { loadCore } from './core-loader.ts'
import { DecoderPool } from './decoder-pool.ts'
import { EncoderQueue } from './encoder-queue.ts'
import { PicfindError } from './errors.ts'
import { explainSpace } from './explain-space.ts'
import { firstManifest } from './first-manifest.ts'
import { Ingest } from './ingest.ts'
import { LibraryGraph } from './library-graph.ts'
import { newestRows, rowOf } from './lookups.ts'
import { MadeThumbnails } from './made-thumbnails.ts'
import type { ModelProgress } from './options.ts'
import { Originals } from './originals.ts'
import type { Platform } from './platform.ts'
import { Queries } from './queries.ts'
import { QueryEncoder } from './query-encoder.ts'
import { LibraryReader, readSpaceId } from './reader.ts'
import { readPublicThumbnail, readRecord, readThumbnail, SourceIndex } from './records.ts'
import type { Source, SourceOrigin } from './source.ts'
import { sourceName } from './source-name.ts'
import { StartedModel } from './started-model.ts'
import type { Store, StoreDescription } from './store.ts'
import type { AddOptions, Hits, LibraryInfo, PictureRecord, Progress, Query, SearchOptions } from './types.ts'
import type {
  LibraryEvents,
  LibraryService,
  OnProgress,
  OpenedEncoder,
  OpenRequest,
  SourceRequest,
} from './workers/protocol.ts'
import { LibraryWriter } from './writer.ts'

const defaultModel = 'picfind-mini'
/** Fetched at a time to be kept; browsers allow six connections to a host, and searches want files too. */
const filesAtOnce = 4

/** One opened library with all that works for it: core, store, decoders, encoder. */
export class LibraryHost implements LibraryService {
  readonly #platform: Platform
  readonly #reader: LibraryReader
  readonly #events: LibraryEvents
  readonly #model: OpenedEncoder
  readonly #startedModel: StartedModel
  readonly #encoder: EncoderQueue
  readonly #decoders: DecoderPool
  readonly #queries: Queries
  readonly #originals: Originals
  readonly #madeThumbnails: MadeThumbnails
  readonly #sourceIndex: SourceIndex
  readonly #graph: LibraryGraph
  readonly #unsubscribe: () => void
  readonly #jobs = new Map<number, AbortController>()
  #writing: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  private constructor(
    platform: Platform,
    reader: LibraryReader,
    model: OpenedEncoder,
    startedModel: StartedModel,
    events: LibraryEvents,
    { decoding = 'fine', graph = {} }: Pick<OpenRequest, 'decoding' | 'graph'>,
  ) {
    this.#platform = platform
    this.#reader = reader
    this.#events = events
    this.#model = model
    this.#startedModel = startedModel
    this.#encoder = new EncoderQueue({
      encodePicture: tensor => startedModel.call(service => service.encodePicture(tensor)),
      encodeText: (text, tower) => startedModel.call(service => service.encodeText(text, tower)),
    })
    this.#decoders = new DecoderPool(platform, { assets: platform.assets, preprocess: model.preprocess, decoding })
    this.#queries = new Queries(reader, new QueryEncoder(this.#encoder, this.#decoders, model.dim))
    this.#originals = new Originals(platform, reader)
    this.#madeThumbnails = new MadeThumbnails(reader.store, this.#decoders, id => this.#readForThumbnail(id))
    this.#sourceIndex = new SourceIndex(reader)
    this.#graph = new LibraryGraph(reader, graph, builder => this.#write(writer => writer.publishGraph(builder)))
    this.#unsubscribe = reader.store.onPublish(() => void this.#follow())
    this.#graph.keepUp()
  }

  /** `takePrepared` gives a model that was started before the library was known, once. */
  static async open(
    request: Omit<OpenRequest, 'store' | 'assets'> & { store: StoreDescription | Store },
    events: LibraryEvents,
    platform: Platform,
    takePrepared: (name: string) => StartedModel | undefined = () => undefined,
  ): Promise<LibraryHost> {
    const { memoryBudget = platform.memoryBudget, signsFirstAbove } = request
    if (!(memoryBudget >= 0)) {
      throw new PicfindError('usage', `memoryBudget must be a number of bytes from 0, found ${memoryBudget}.`)
    }
    const store = platform.openStore(request.store, progress => events.libraryProgress(progress))
    let startedModel: StartedModel | undefined
    try {
      const loadingCore = loadCore(platform.assets)
      // It fails here only after something else has.
      loadingCore.catch(() => undefined)
      const name = request.model ?? (await readSpaceId(store)) ?? defaultModel
      const onProgress = (progress: ModelProgress) => events.modelProgress(progress)
      startedModel =
        takePrepared(name) ?? new StartedModel(platform, name, request.acceptedLicence ?? false, onProgress)
      const changed = () => events.changed()
      const reader = new LibraryReader(await loadingCore, store, changed, { memoryBudget, signsFirstAbove })
      try {
        const [model] = await Promise.all([startedModel.opened, reader.refresh()])
        reader.accept(model.space.sha256)
        return new LibraryHost(platform, reader, model, startedModel, events, request)
      } catch (error) {
        await reader.close()
        throw error
      }
    } catch (error) {
      startedModel?.stop('the library could not be opened')
      store.close()
      throw explainSpace(error, request.model)
    }
  }

  async add(
    job: number,
    request: SourceRequest | Source,
    options: Omit<AddOptions, 'signal'>,
    onProgress: OnProgress,
  ): Promise<Progress> {
    const source = 'list' in request ? request : this.#open(request)
    const index = (signal: AbortSignal) =>
      this.#write(async writer => {
        await writer.holdLookups()
        const name = await sourceName(this.#reader, this.#sourceIndex, this.#platform, source)
        await this.#originals.remember(name, source)
        const others = options.carryFrom && (await this.#openOther(options.carryFrom))
        const tools = {
          reader: this.#reader,
          others,
          writer,
          decoders: this.#decoders,
          encoder: this.#encoder,
          sourceIndex: this.#sourceIndex,
          ensureCreated: async (vectors: Float32Array[]) => {
            if (!this.#reader.manifest) await writer.create(firstManifest(this.#model, vectors))
          },
        }
        return new Ingest(tools, source, name, options, onProgress).run(signal).finally(() => others?.close())
      })
    // It may be stopped while it still waits for its turn to write.
    return this.#graph.yieldTo(() => this.#stoppable(job, index)).finally(() => this.#graph.keepUp())
  }

  /** A library to carry pictures from; undefined if it is of another space, or none that can be read. */
  async #openOther(description: StoreDescription): Promise<LibraryReader | undefined> {
    const other = new LibraryReader(this.#reader.core, this.#platform.openStore(description), () => {})
    try {
      await other.refresh()
      other.accept(this.#model.space.sha256)
      await other.holdLookups()
      return other
    } catch (error) {
      await other.close()
      if (error instanceof PicfindError) return undefined
      throw error
    }
  }

  async stop(job: number): Promise<void> {
    this.#jobs.get(job)?.abort()
  }

  async #stoppable<T>(job: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stopped = new AbortController()
    this.#jobs.set(job, stopped)
    try {
      return await work(stopped.signal)
    } finally {
      this.#jobs.delete(job)
    }
  }

  search(job: number, query: Query, options: Omit<SearchOptions, 'signal'> = {}): Promise<Hits> {
    return this.#graph.yieldTo(() =>
      this.#stoppable(job, signal => this.#queries.answer(query, { ...options, signal })),
    )
  }

  record(id: string): Promise<PictureRecord> {
    return this.#reader.read(async library => {
      const record = await readRecord(this.#reader, library, await rowOf(this.#reader, library, id))
      if (!record) throw new PicfindError('corrupt', `The record of "${id}" is in a damaged file.`)
      return record
    })
  }

  async thumbnail(id: string): Promise<Uint8Array | undefined> {
    const kept = await this.#reader.read(async library => {
      const row = await rowOf(this.#reader, library, id)
      return (
        (await readThumbnail(this.#reader, library, row)) ?? (await readPublicThumbnail(this.#reader, library, row))
      )
    })
    return kept ?? this.#madeThumbnails.get(id)
  }

  async original(id: string): Promise<Blob | undefined> {
    return this.#originals.read(await this.record(id))
  }

  async #readForThumbnail(id: string): Promise<{ path: string; picture: Blob } | undefined> {
    const record = await this.record(id)
    const picture = await this.#originals.read(record)
    return picture && { path: record.path, picture }
  }

  originOf(source: string): Promise<SourceOrigin | undefined> {
    return this.#originals.originOf(source)
  }

  async info(): Promise<LibraryInfo> {
    const { store, manifest } = this.#reader
    const sources = manifest?.sources ?? []
    const counts = await this.#reader.read(library => this.#sourceIndex.counts(library, sources))
    const { library } = this.#reader
    return {
      pictures: library.count,
      sources: sources.map(source => ({ ...source, pictures: counts.get(source.name) ?? 0 })),
      model: this.#model.model,
      space: this.#model.space.sha256,
      sequence: manifest?.sequence ?? 0,
      readOnly: store.readOnly,
      notices: this.#reader.faults,
      bytes: manifest ? library.files().reduce((sum, { bytes }) => sum + bytes, 0) : 0,
      ...(store.remote && { remote: store.remote }),
      graphRows: library.graphRows,
    }
  }

  async keep(): Promise<void> {
    const { store } = this.#reader
    await this.#reader.whole()
    const names = await this.#reader.read(async library => library.files().map(({ name }) => name))
    const left = names.slice()
    const keepNext = async () => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) {
        await (store.keep ? store.keep(name) : store.read(name))
      }
    }
    await Promise.all(Array.from({ length: filesAtOnce }, keepNext))
    // Else every picture that is added would leave files of the library as it was before.
    if (store.remote) {
      await store.clean(new Set(names))
      const letGo = await this.#reader.holdLookups()
      await store.cleanBeside?.(id => this.#has(id)).finally(letGo)
    }
    await this.#events.heard()
  }

  async #has(id: string): Promise<boolean> {
    try {
      await this.#reader.read(library => rowOf(this.#reader, library, id))
      return true
    } catch (error) {
      if (error instanceof PicfindError && error.code === 'not-found') return false
      throw error
    }
  }

  async takeReplacement(): Promise<void> {
    this.#reader.store.takeReplacement?.()
    await this.#reader.refresh()
  }

  /** Another writer has published, or a server has. */
  async #follow(): Promise<void> {
    const { store } = this.#reader
    const before = JSON.stringify(store.remote)
    // What cannot be had now is asked for again with the next word of the server.
    await this.#reader.refresh().catch(() => undefined)
    if (JSON.stringify(store.remote) !== before) this.#events.changed()
    this.#graph.keepUp()
  }

  removeSource(name: string): Promise<void> {
    return this.#write(async writer => {
      const { manifest, store } = this.#reader
      const sources = manifest?.sources ?? []
      if (!sources.some(source => source.name === name)) {
        throw new PicfindError('not-found', `There is no source "${name}" in ${store.name}.`)
      }
      const ids = await this.#reader.read(async library =>
        this.#sourceIndex.idsOf(name, library, await newestRows(this.#reader, library, 0, library.count)),
      )
      await writer.commit({ rows: [], deleteIds: ids, sources: sources.filter(source => source.name !== name) })
      await writer.purge()
      await this.#originals.forget(name)
    })
  }

  async destroy(): Promise<void> {
    const { store } = this.#reader
    this.#stopJobs()
    await this.#write(() => store.remove())
    await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#stopJobs()
    await this.#graph.stop()
    await this.#writing
    this.#unsubscribe()
    this.#decoders.close()
    this.#startedModel.stop('the library was closed')
    await this.#reader.close()
  }

  #stopJobs(): void {
    for (const job of this.#jobs.values()) job.abort()
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
      } catch (error) {
        throw this.#reader.explainLoss(error)
      } finally {
        await writer.release()
      }
    })
    this.#writing = turn.catch(() => undefined)
    return turn
  }
}
