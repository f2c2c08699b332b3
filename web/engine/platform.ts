import type { Assets, ModelProgress } from './options.ts'
import type { Source, SourceOrigin } from './source.ts'
import type { Store, StoreDescription } from './store.ts'
import type { DecoderService, EncoderService } from './workers/protocol.ts'

/** What differs between Node and a page's worker. */
export interface Platform {
  /** `onProgress` hears of files that are fetched from a site. */
  openStore(store: StoreDescription | Store, onProgress?: (progress: ModelProgress) => void): Store
  /** Rebuilds a source from where its files are; undefined if this platform cannot reach them. */
  openSource(origin: SourceOrigin, name: string, url?: string): Source | undefined
  /** Whether `other` is the folder that is remembered as `known`; undefined where `known` is not there to be compared. */
  isSameOrigin(known: SourceOrigin, other: SourceOrigin): Promise<boolean | undefined>
  /** Address of a model's manifest, by its id or by where it is. */
  manifestOf(model: string): string
  startDecoder(): RunningWorker<DecoderService>
  startEncoder(): RunningWorker<EncoderService>
  /** Whether workers can be sent a Blob, which they then read. */
  sendsBlobs: boolean
  /** Processor cores. */
  cores: number
  /** Bytes for the vectors of a library where its options do not say. */
  memoryBudget: number
  assets: Assets
}

/** A worker and its service. */
export interface RunningWorker<T> {
  service: T
  /** Rejects when the worker breaks down; calls under way are then never answered. */
  broken: Promise<never>
  stop(): void
}

/** Anything else is the path or address of a manifest. */
export function isModelId(model: string): boolean {
  return !model.endsWith('.json') && !/[/\\]/.test(model)
}
