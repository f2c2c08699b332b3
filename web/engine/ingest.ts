import { AsyncQueue } from './async-queue.ts'
import { ByteBudget } from './byte-budget.ts'
import { CommitBatch } from './commit-batch.ts'
import type { SegmentRow } from './core.ts'
import type { DecoderPool, TakenFile } from './decoder-pool.ts'
import type { EncoderQueue } from './encoder-queue.ts'
import { PicfindError, reasonOf } from './errors.ts'
import { FolderFilter } from './folder-filter.ts'
import { KnownPictures } from './known-pictures.ts'
import { ProgressMeter } from './progress-meter.ts'
import type { LibraryReader } from './reader.ts'
import { recordJson, type SourceIndex } from './records.ts'
import type { Source, SourceFile } from './source.ts'
import type { AddOptions, Progress, SkipCode } from './types.ts'
import { WorkerLost } from './worker-calls.ts'
import type { DecodedPicture, OnProgress } from './workers/protocol.ts'
import type { LibraryWriter } from './writer.ts'

/** Larger files are no pictures. */
const largestFile = 1024 ** 3
/** Bytes of files at work at once. */
const fileBytes = 256 * 1024 ** 2

export interface IngestTools {
  reader: LibraryReader
  /** Of the same space: what it has is carried over. */
  others?: LibraryReader | undefined
  writer: LibraryWriter
  decoders: DecoderPool
  encoder: EncoderQueue
  sourceIndex: SourceIndex
  /** Makes the library's first manifest if it has none; `vectors` are the first that will be in it. */
  ensureCreated(vectors: Float32Array[]): Promise<void>
}

/** A picture cannot be indexed; the others can. */
class Skip extends Error {
  readonly code: SkipCode

  constructor(code: SkipCode, reason: string) {
    super(reason)
    this.code = code
  }
}

/** A known picture under a path that is new. */
interface Carried {
  file: SourceFile
  sha256: string
}

/**
 * Brings a library up to date with one source. A file whose size and time are known costs nothing; one whose bytes are known costs no
 * encoding; what is not listed any more is deleted once the listing is complete.
 */
export class Ingest {
  readonly #tools: IngestTools
  readonly #source: Source
  readonly #name: string
  readonly #known: KnownPictures
  readonly #filter: FolderFilter
  readonly #include: string[]
  readonly #meter: ProgressMeter
  readonly #batch: CommitBatch
  readonly #budget = new ByteBudget(fileBytes)
  readonly #files = new AsyncQueue<SourceFile>()
  /** Ids listed in this run. */
  readonly #listed = new Set<string>()
  readonly #unreadable: string[] = []
  /** Hashes of the pictures encoded in this run that are not in the library yet: a second file of the same bytes waits for the first. */
  readonly #encoded = new Set<string>()
  readonly #carried: Carried[] = []
  #encoderWorks = false
  /** Records were deleted or replaced in this run. */
  #deleted = false
  #stopped = false
  #failure: { error: unknown } | undefined

  /** `name`: what the library calls the source. */
  constructor(
    tools: IngestTools,
    source: Source,
    name: string,
    options: Pick<AddOptions, 'include' | 'exclude'>,
    onProgress: OnProgress,
  ) {
    this.#tools = tools
    this.#source = source
    this.#name = name
    this.#known = new KnownPictures(tools.reader, tools.others, tools.sourceIndex, name)
    this.#filter = new FolderFilter(options)
    this.#include = options.include ?? []
    this.#meter = new ProgressMeter(onProgress)
    this.#batch = new CommitBatch((rows, deleteIds) => this.#commit(rows, deleteIds))
  }

  /** The last progress: its phase is `done` unless `signal` ended it, which commits what is done and leaves the rest. */
  async run(signal: AbortSignal): Promise<Progress> {
    signal.addEventListener('abort', () => this.#stop())
    if (signal.aborted) this.#stop()
    this.#meter.enter('listing')
    const decoders = Array.from({ length: this.#tools.decoders.depth }, () => this.#indexListed())
    await Promise.all([this.#list(), ...decoders])
    await this.#unlessStopped(() => this.#settleCarriedAndGone())
    this.#meter.enter('committing')
    await this.#batch.flush(!this.#stopped).catch(error => this.#fail(error))
    await this.#unlessStopped(() => this.#purgeDeleted())
    if (this.#failure) throw this.#failure.error
    return this.#meter.enter(this.#stopped ? 'indexing' : 'done')
  }

  async #list(): Promise<void> {
    await this.#unlessStopped(async () => {
      let accepted = 0
      for await (const entry of this.#source.list(folder => this.#filter.enters(folder))) {
        if (this.#stopped) return
        if ('unreadable' in entry) {
          if (!this.#filter.enters(entry.path)) continue
          this.#unreadable.push(entry.path)
          this.#meter.find()
          this.#meter.skip({ path: entry.path, code: 'unreadable', reason: entry.unreadable })
        } else if (this.#filter.accepts(entry.path)) {
          accepted++
          this.#meter.find()
          this.#files.push(entry)
        }
      }
      // More likely a folder spelled wrongly than all pictures to be dropped.
      if (accepted === 0 && this.#include.length > 0 && this.#unreadable.length === 0) {
        const folders = this.#include.join(', ')
        throw new PicfindError('usage', `"${this.#name}" has no pictures in ${folders}; name folders inside it.`)
      }
      this.#meter.enter('indexing')
    })
    this.#files.end()
  }

  async #indexListed(): Promise<void> {
    for (;;) {
      const file = await this.#files.next()
      if (!file || this.#stopped) return
      await this.#unlessStopped(() =>
        this.#skippable(file, () => this.#budget.spend(file.size, () => this.#index(file))),
      )
    }
  }

  async #index(file: SourceFile): Promise<void> {
    const id = this.#known.idOf(file.path)
    if (this.#listed.has(id)) throw new Skip('same-path', 'another file has the same path; rename one of them')
    this.#listed.add(id)
    const known = this.#known.statOf(id)
    if (known && known.size === file.size && known.modified === file.modified) return this.#meter.count('unchanged')
    if (file.size > largestFile) {
      throw new Skip('too-large', `it has ${file.size} bytes; more than 1 GiB is not read`)
    }

    const taken = await this.#take(file)
    if (this.#stopped) return taken.drop()
    const { sha256 } = taken
    const path = this.#source.complete ? file.path : this.#known.loosePath(file.path, sha256, this.#listed)
    const placed = { ...file, path, size: taken.size }
    this.#listed.add(this.#known.idOf(path))
    if (this.#known.statOf(this.#known.idOf(path))?.sha256 === sha256) {
      await taken.drop()
      if ((await this.#carry(placed, sha256)) !== undefined) return this.#meter.count('unchanged')
      return this.#encode(placed, await this.#take(file))
    }
    if (this.#encoded.has(sha256) || this.#known.hasSha256(sha256)) {
      await taken.drop()
      this.#carried.push({ file: placed, sha256 })
      return
    }
    this.#encoded.add(sha256)
    await this.#encode(placed, taken)
  }

  async #encode(file: SourceFile, taken: TakenFile): Promise<void> {
    const picture = await taken.decode({ thumbnail: true }).catch(skipVerdict)
    if (this.#stopped) return
    const vector = await this.#vectorOf(picture)
    this.#meter.encode()
    if (this.#failure) return
    const { type, width, height, thumbnail } = picture
    const { path, modified } = file
    const { sha256, size } = taken
    const id = this.#known.idOf(path)
    const record = recordJson({ id, source: this.#name, path, type, size, width, height, sha256, modified })
    await this.#batch.add({ id, record, vector, thumbnail, sha256, size, modified }, [id])
    this.#meter.count('indexed')
  }

  /** A picture that gives no vector is skipped, but not a model that gives none to any. */
  async #vectorOf(picture: DecodedPicture): Promise<Float32Array> {
    try {
      const vector = await this.#tools.encoder.encodePicture(picture.tensor)
      this.#encoderWorks = true
      return vector
    } catch (error) {
      if (this.#encoderWorks && error instanceof PicfindError && error.code === 'corrupt') skipVerdict(error)
      throw error
    }
  }

  /** Gives a record that is stored to another path or time; undefined if it could not be read, else the id it was found under. */
  async #carry(file: SourceFile, sha256: string, deleteIds: string[] = []): Promise<string | undefined> {
    const stored = await this.#known.stored(sha256)
    if (!stored) return undefined
    const { record, vector, thumbnail } = stored
    const { path, size, modified } = file
    const id = this.#known.idOf(path)
    const text = recordJson({ ...record, id, source: this.#name, path, modified })
    await this.#batch.add({ id, record: text, vector, thumbnail, sha256, size, modified }, [id, ...deleteIds])
    return record.id
  }

  /** Known pictures under new paths, and what is not there any more: only now it is known which of the two a picture is. */
  async #settleCarriedAndGone(): Promise<void> {
    await this.#batch.flush()
    const gone = this.#source.complete ? await this.#known.gone(this.#listed, this.#unreadable) : []
    const goneByHash = new Map<string, string[]>()
    for (const id of gone) {
      const sha256 = this.#known.statOf(id)?.sha256 ?? ''
      const ids = goneByHash.get(sha256)
      if (ids) ids.push(id)
      else goneByHash.set(sha256, [id])
    }
    let renamed = 0
    for (const { file, sha256 } of this.#carried) {
      if (this.#stopped) return
      await this.#skippable(file, async () => {
        const previous = goneByHash.get(sha256)?.shift()
        const carried = await this.#carry(file, sha256, previous === undefined ? [] : [previous])
        if (carried === undefined) return this.#encode(file, await this.#take(file))
        if (previous !== undefined) renamed++
        this.#meter.count(previous === undefined ? 'indexed' : 'renamed')
      })
    }
    this.#batch.delete(gone)
    this.#meter.delete(gone.length - renamed)
  }

  async #commit(rows: SegmentRow[], deleteIds: Set<string>): Promise<void> {
    const { reader, writer } = this.#tools
    await this.#tools.ensureCreated(rows.map(row => row.vector))
    const sources = reader.manifest?.sources ?? []
    const entry = this.#source.url === undefined ? { name: this.#name } : { name: this.#name, url: this.#source.url }
    const known = sources.find(({ name }) => name === this.#name)
    const changed = known?.url !== entry.url || !known
    const deletes = [...deleteIds].some(id => this.#known.has(id))
    if (rows.length === 0 && !changed && !deletes) return
    this.#deleted ||= deletes
    const others = sources.filter(source => source !== known)
    await writer.commit({ rows, deleteIds, sources: changed ? [...others, entry] : sources })
    for (const { sha256 } of rows) this.#encoded.delete(sha256)
  }

  /**
   * What was deleted or replaced goes from the store with the update. It costs rewriting the segments it was in, without encoding
   * anything: little beside a look through a folder.
   */
  async #purgeDeleted(): Promise<void> {
    const { reader, writer } = this.#tools
    const hidden = reader.manifest?.segments.some(({ deleted }) => deleted !== undefined)
    if (hidden || this.#deleted) await writer.purge()
  }

  async #take(file: SourceFile): Promise<TakenFile> {
    let content: Blob | Uint8Array
    try {
      content = await file.open()
    } catch (error) {
      throw new Skip('unreadable', reasonOf(error))
    }
    return this.#tools.decoders.take(content, file.path).catch(skipVerdict)
  }

  /** A decoder that was lost may have been lost over another picture: one more try. */
  async #skippable(file: SourceFile, work: () => Promise<void>): Promise<void> {
    try {
      await work().catch(async error => {
        if (!(error instanceof WorkerLost) || this.#stopped) throw error
        await this.#encode(file, await this.#take(file))
      })
    } catch (error) {
      const { path } = file
      if (error instanceof Skip) this.#meter.skip({ path, code: error.code, reason: error.message })
      else if (error instanceof WorkerLost) {
        this.#meter.skip({ path, code: 'decoder-lost', reason: `its decoder broke down (${error.message})` })
      } else throw error
    }
  }

  async #unlessStopped(work: () => Promise<void>): Promise<void> {
    if (this.#stopped) return
    await work().catch(error => this.#fail(error))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop()
  }

  #stop(): void {
    this.#stopped = true
    this.#files.end()
  }
}

/** What a decoder finds wrong with a picture skips it; that a decoder is lost does not. */
function skipVerdict(error: unknown): never {
  if (!(error instanceof PicfindError)) throw error
  const { code, message } = error
  if (code === 'core-lost') throw new Skip('decoder-lost', message)
  const known = code === 'unsupported' || code === 'corrupt' || code === 'too-large'
  throw new Skip(known ? code : 'unreadable', message)
}
