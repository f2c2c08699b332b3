import { DecoderPool } from './decoder-pool.ts'
import { EncoderQueue } from './encoder-queue.ts'
import { PicfindError } from './errors.ts'
import { explainSpace } from './explain-space.ts'
import { MadeThumbnails } from './made-thumbnails.ts'
import type { ModelProgress } from './options.ts'
import { Originals } from './originals.ts'
import type { Platform } from './platform.ts'
import { QueryEncoder } from './query-encoder.ts'
import type { ManifestView } from './reader.ts'
import { StartedModel } from './started-model.ts'
import type { HttpStore } from './store-http.ts'
import type { Hit, Hits, LibraryInfo, PictureRecord, Progress, Query, SearchOptions, SiteRecord } from './types.ts'
import type { LibraryEvents, LibraryService, OpenedEncoder, OpenRequest } from './workers/protocol.ts'

/** A server gives no more at once. */
const mostResults = 10_000
/** Records of hits that are remembered, for their thumbnails and the large view. */
const mostRecords = 20_000

/** What a server answers to a search. */
interface ServerAnswer {
  results: { key: string; score: number; record: SiteRecord }[]
}

/** What the manifest tells of a library that is not copied. */
type Told = ManifestView & { counts: { records: number } }

/** A library that is too large to be copied: queries become vectors here, and its server finds what is like them. */
export class RemoteHost implements LibraryService {
  readonly #store: HttpStore
  readonly #model: OpenedEncoder
  readonly #startedModel: StartedModel
  readonly #decoders: DecoderPool
  readonly #queries: QueryEncoder
  readonly #originals: Originals
  readonly #madeThumbnails: MadeThumbnails
  readonly #unsubscribe: () => void
  readonly #records = new Map<string, SiteRecord>()
  readonly #jobs = new Map<number, AbortController>()
  #manifest: Told

  private constructor(
    platform: Platform,
    store: HttpStore,
    manifest: Told,
    model: OpenedEncoder,
    startedModel: StartedModel,
    events: LibraryEvents,
    { decoding = 'fine' }: Pick<OpenRequest, 'decoding'>,
  ) {
    this.#store = store
    this.#manifest = manifest
    this.#model = model
    this.#startedModel = startedModel
    const encoder = new EncoderQueue({
      encodePicture: tensor => startedModel.call(service => service.encodePicture(tensor)),
      encodeText: (text, tower) => startedModel.call(service => service.encodeText(text, tower)),
    })
    this.#decoders = new DecoderPool(platform, { assets: platform.assets, preprocess: model.preprocess, decoding })
    this.#queries = new QueryEncoder(encoder, this.#decoders, model.dim)
    this.#originals = new Originals(platform, this)
    this.#madeThumbnails = new MadeThumbnails(store, this.#decoders, async id => {
      const record = await this.record(id)
      const picture = await this.#originals.read(record)
      return picture && { path: record.path, picture }
    })
    this.#unsubscribe = store.onPublish(() => void this.#follow(events))
  }

  /** `manifest`: the one that the store gave last. */
  static async open(
    request: Omit<OpenRequest, 'store' | 'assets'>,
    store: HttpStore,
    manifest: Uint8Array,
    events: LibraryEvents,
    platform: Platform,
    takePrepared: (name: string) => StartedModel | undefined,
  ): Promise<RemoteHost> {
    const told = parse(manifest)
    const onProgress = (progress: ModelProgress) => events.modelProgress(progress)
    const name = request.model ?? told.space.id
    const startedModel =
      takePrepared(name) ?? new StartedModel(platform, name, request.acceptedLicence ?? false, onProgress)
    try {
      const model = await startedModel.opened
      if (model.space.sha256 !== told.space.sha256) {
        throw new PicfindError(
          'space',
          `${store.name} is of the space ${told.space.id}, the model of ${model.space.id}.`,
        )
      }
      return new RemoteHost(platform, store, told, model, startedModel, events, request)
    } catch (error) {
      startedModel.stop('the library could not be opened')
      store.close()
      throw explainSpace(error, request.model)
    }
  }

  get store(): HttpStore {
    return this.#store
  }

  get manifest(): ManifestView {
    return this.#manifest
  }

  async search(job: number, query: Query, options: Omit<SearchOptions, 'signal'> = {}): Promise<Hits> {
    const stopped = new AbortController()
    this.#jobs.set(job, stopped)
    try {
      return await this.#search(query, options, stopped.signal)
    } finally {
      this.#jobs.delete(job)
    }
  }

  async #search(query: Query, options: Omit<SearchOptions, 'signal'>, signal: AbortSignal): Promise<Hits> {
    const started = performance.now()
    const { k = 30, offset = 0, tower: wanted = 'best', metric = 'cosine' } = options
    const most = Math.min(offset + k, mostResults, this.#manifest.counts.records)
    const asked = await this.#asked(query, wanted)
    const hits: Hit[] = []
    if (asked.query && most > offset) {
      const { results } = (await this.#store.ask('search', {
        body: { query: asked.query, k: most, metric },
        signal,
      })) as ServerAnswer
      for (const { key, score, record } of results.slice(offset)) {
        this.#remember(record)
        hits.push({ id: record.id, source: record.source, path: key, score })
      }
    }
    const tookMs = performance.now() - started
    return Object.assign(hits, {
      rescored: 'full',
      engine: 'server',
      candidates: 0,
      tower: asked.tower,
      tookMs,
    } as const)
  }

  /** What the server is asked; nothing for words that say nothing: it lists no pictures. */
  async #asked(query: Query, wanted: 'instant' | 'best'): Promise<{ query?: object; tower: string }> {
    if (typeof query === 'string' && query.trim() === '') return { tower: '' }
    if (typeof query === 'object' && 'like' in query) return { query: { record: this.#keyOf(query.like) }, tower: '' }
    const { vector, tower } = await this.#queries.encode(query, wanted)
    return { tower, ...(vector && { query: { vector: Array.from(vector, x => Number(x.toPrecision(9))) } }) }
  }

  #keyOf(id: string): string {
    const source = `${this.#manifest.sources[0]?.name ?? ''}/`
    return id.startsWith(source) ? id.slice(source.length) : id
  }

  #remember(record: SiteRecord): void {
    if (this.#records.size >= mostRecords) this.#records.clear()
    this.#records.set(record.id, record)
  }

  async record(id: string): Promise<PictureRecord> {
    const known = this.#records.get(id)
    if (known) return known
    const path = this.#keyOf(id).split('/').map(encodeURIComponent).join('/')
    const answer = (await this.#store.ask(`records/${path}`)) as { record: SiteRecord } | undefined
    if (!answer) throw new PicfindError('not-found', `There is no picture "${id}" in the library.`)
    this.#remember(answer.record)
    return answer.record
  }

  async thumbnail(id: string): Promise<Uint8Array | undefined> {
    const { thumbnail } = (await this.record(id)) as SiteRecord
    const file =
      thumbnail === undefined ? undefined : await this.#store.readBeside(thumbnail, id).catch(() => undefined)
    return file ? new Uint8Array(await file.arrayBuffer()) : this.#madeThumbnails.get(id)
  }

  async original(id: string): Promise<Blob | undefined> {
    return this.#originals.read(await this.record(id))
  }

  async info(): Promise<LibraryInfo> {
    const { sources, sequence, counts, dim } = this.#manifest
    const { remote } = this.#store
    return {
      pictures: counts.records,
      sources: sources.map(source => ({ ...source, pictures: counts.records })),
      model: this.#model.model,
      space: this.#model.space.sha256,
      sequence,
      readOnly: true,
      notices: [],
      bytes: copiedBytes(counts.rows, dim),
      graphRows: 0,
      ...(remote && { remote: { ...remote, isAsked: true } }),
    }
  }

  async stop(job: number): Promise<void> {
    this.#jobs.get(job)?.abort()
  }

  add(): Promise<Progress> {
    throw readOnly(this.#store)
  }

  removeSource(): Promise<void> {
    throw readOnly(this.#store)
  }

  destroy(): Promise<void> {
    throw readOnly(this.#store)
  }

  originOf(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  /** Nothing of it is kept: what it takes is why it is asked there. */
  async keep(): Promise<void> {}

  async takeReplacement(): Promise<void> {
    this.#store.takeReplacement()
    this.#manifest = parse(await this.#store.readManifest()) ?? this.#manifest
  }

  async close(): Promise<void> {
    for (const job of this.#jobs.values()) job.abort()
    this.#unsubscribe()
    this.#decoders.close()
    this.#startedModel.stop('the library was closed')
    this.#store.close()
  }

  async #follow(events: LibraryEvents): Promise<void> {
    const before = JSON.stringify([this.#manifest.sequence, this.#store.remote])
    this.#manifest = parse(await this.#store.readManifest().catch(() => undefined)) ?? this.#manifest
    if (JSON.stringify([this.#manifest.sequence, this.#store.remote]) !== before) events.changed()
  }
}

/** What the vectors of so many rows take when they are copied. */
export function copiedBytes(rows: number, dim: number): number {
  return rows * (dim + Float32Array.BYTES_PER_ELEMENT)
}

function parse(manifest: Uint8Array): Told
function parse(manifest: Uint8Array | undefined): Told | undefined
function parse(manifest: Uint8Array | undefined): Told | undefined {
  return manifest && (JSON.parse(new TextDecoder().decode(manifest)) as Told)
}

function readOnly(store: HttpStore): PicfindError {
  return new PicfindError('read-only', `${store.name} is only read; pictures are written to it with picfind push.`)
}
