/**
 * What the workers answer to. Each interface is served by one file of this folder through Comlink; all arguments and results are
 * structured-cloneable except callbacks, which go through Comlink.proxy. Errors arrive as PicfindError.
 */
import type { Preprocess } from '../core.ts'
import type { Assets, Decoding, LibraryOptions, ModelProgress } from '../options.ts'
import type { SourceOrigin } from '../source.ts'
import type { StoreDescription } from '../store.ts'
import type { AddOptions, Hits, LibraryInfo, PictureRecord, Progress, Query, SearchOptions } from '../types.ts'

/** library.worker.ts: opens libraries; each one answers on its own port. */
export interface LibraryWorker {
  /** Comes before all else. */
  connect(workers: WorkerStarter): Promise<void>
  /** Starts core and model, one that needs no download, for the next library of that model that is opened. */
  prepare(model: string, assets: Assets): Promise<void>
  open(request: OpenRequest, events: LibraryEvents): Promise<LibraryService>
}

export type WorkerKind = 'decoder' | 'encoder'

/** The page: starts the other workers for its library worker. `ticket` is the library worker's number for one of them. */
export interface WorkerStarter {
  /** The worker answers on `port`. Rejects when it breaks down, is answered when it has been stopped. */
  start(ticket: number, kind: WorkerKind, port: MessagePort): Promise<void>
  stop(ticket: number): Promise<void>
}

export interface OpenRequest {
  store: StoreDescription
  model?: string
  acceptedLicence?: boolean
  decoding?: Decoding
  graph?: LibraryOptions['graph']
  memoryBudget?: number
  signsFirstAbove?: number
  mostCopied?: number
  assets: Assets
}

export interface LibraryEvents {
  /** A new manifest is in use, written here or elsewhere, or more of the vectors that arrive after their signs. */
  changed(): void
  modelProgress(progress: ModelProgress): void
  /** Bytes of the library's files, where they are fetched from a site. */
  libraryProgress(progress: ModelProgress): void
  /** Answers when all that was told before has been heard: events go another way than answers and may be later. */
  heard(): void | Promise<void>
}

/** One opened library. */
export interface LibraryService {
  /** Indexes until done or stopped and answers with the last progress; `job` is the caller's number for `stop`. */
  add(
    job: number,
    source: SourceRequest,
    options: Omit<AddOptions, 'signal'>,
    onProgress: OnProgress,
  ): Promise<Progress>
  stop(job: number): Promise<void>
  search(job: number, query: Query, options: Omit<SearchOptions, 'signal'>): Promise<Hits>
  record(id: string): Promise<PictureRecord>
  thumbnail(id: string): Promise<Uint8Array | undefined>
  original(id: string): Promise<Blob | undefined>
  /** Where a source's files are, for a page to ask permission for. */
  originOf(source: string): Promise<SourceOrigin | undefined>
  info(): Promise<LibraryInfo>
  keep(): Promise<void>
  takeReplacement(): Promise<void>
  removeSource(name: string): Promise<void>
  destroy(): Promise<void>
  close(): Promise<void>
}

export type OnProgress = (progress: Progress) => void

/** A source as a page sends it. */
export interface SourceRequest {
  name: string
  url?: string
  origin: SourceOrigin
}

/** decoder.worker.ts: one picture file at a time. */
export interface DecoderService {
  open(setup: DecoderSetup): Promise<void>
  /** Reads and keeps the file under `ticket`; `name` tells a RAW file from a TIFF. */
  take(ticket: number, file: Blob | Uint8Array, name: string): Promise<TakenFile>
  /** Decodes what `take` kept and lets go of it. */
  decode(ticket: number, wanted: { thumbnail: boolean }): Promise<DecodedPicture>
  /** Lets go of what `take` kept. */
  drop(ticket: number): Promise<void>
}

export interface DecoderSetup {
  assets: Assets
  preprocess: Preprocess
  decoding: Decoding
}

export interface TakenFile {
  /** Of the bytes, lower-case hex. */
  sha256: string
  /** Bytes. */
  size: number
}

export interface DecodedPicture {
  /** MIME type by content. */
  type: string
  /** As shown, pixels. */
  width: number
  height: number
  /** float32[3·size·size], as the model's preprocess says. */
  tensor: Float32Array
  /** JPEG; empty unless wanted. */
  thumbnail: Uint8Array
}

/** encoder.worker.ts: one model. */
export interface EncoderService {
  open(setup: EncoderSetup, onProgress: (progress: ModelProgress) => void): Promise<OpenedEncoder>
  /** tensor: float32[3·size·size] → float32[dim], unit length. */
  encodePicture(tensor: Float32Array): Promise<Float32Array>
  /** No vector where no text tower knows a word of the text. */
  encodeText(text: string, tower: 'instant' | 'best'): Promise<{ vector: Float32Array | undefined; tower: string }>
  close(): Promise<void>
}

export interface EncoderSetup {
  assets: Assets
  /** Address of the model's manifest. */
  manifest: string
  acceptedLicence: boolean
}

export interface OpenedEncoder {
  model: string
  dim: number
  space: { id: string; sha256: string }
  preprocess: Preprocess
  /** float32[dim], what libraries of this model subtract; undefined where the model has none. */
  mean?: Float32Array
}
