/**
 * The C++ core as TypeScript sees it. wasm/bindings.cpp provides exactly this; `loadCore` in core-loader.ts instantiates it.
 * Objects with `delete()` live in the wasm heap until it is called. Views into the heap never leave the core: every array returned is a copy.
 */

import type { Metric, SearchEngine } from './types.ts'

/** A picture, library or file that is not what it should be is a value, not an exception. */
export interface CoreError {
  error: {
    code: 'unsupported' | 'corrupt' | 'too-large' | 'space' | 'version' | 'not-found' | 'usage'
    message: string
  }
}

/** An immutable file of a library; `name` is the sha256 of `bytes`, lower-case hex. */
export interface LibraryFile {
  name: string
  bytes: Uint8Array
}

export interface Preprocess {
  fit: 'shortest-crop' | 'letterbox' | 'squash'
  /** Side of the square, pixels. */
  size: number
  interpolation: 'bicubic' | 'bilinear'
  /** RGB 0–255 that transparency is flattened on and letterboxes are filled with; null drops alpha. */
  background: [number, number, number] | null
  /** Of each channel of RGB/255. */
  mean: [number, number, number]
  std: [number, number, number]
}

/** Sides that a decoder may not go below when it makes a picture smaller than it is, pixels. */
export interface LeastSize {
  shortSide: number
  longSide: number
}

/** A decoded picture, RGBA, 8 bits a channel; width and height are the picture's own as shown, orientation applied. */
export interface CorePicture {
  readonly width: number
  readonly height: number
  /** Of the decoded pixels to the picture: eighths, at most 1. */
  readonly scale: number
  /** MIME type by content. */
  readonly type: string
  /** RGB exactly as the model gets it: uint8[size·size·3], rows from the top. */
  fit(preprocess: Preprocess): Uint8Array
  /** The same normalised, channels first: float32[3·size·size]. */
  tensor(preprocess: Preprocess): Float32Array
  /** A JPEG on white whose longer side is at most `longSide`. */
  thumbnail(longSide: number, quality: number): Uint8Array
  delete(): void
}

/** One record and its vectors, as a segment takes them. */
export interface SegmentRow {
  id: string
  /** The public record as JSON text with a fixed key order. */
  record: string
  /** float32[dim], unit length. */
  vector: Float32Array
  /** JPEG; empty for none. */
  thumbnail: Uint8Array
  /** Of the file: hex, bytes, milliseconds since 1970. */
  sha256: string
  size: number
  modified: number
}

export interface BuiltSegment {
  /** Name of the descriptor, which is among `files`. */
  descriptor: string
  rows: number
  files: LibraryFile[]
}

export interface CoreSegmentBuilder {
  /** About how many bytes packs of the records to come have; 64 KB if not said. */
  setRecordPack(bytes: number): void
  add(row: SegmentRow): CoreError | null
  /**
   * The same of a row whose vector is stored already, as values int8[dim] and scale that are relative to the same mean: it becomes the
   * same bytes. `row.vector` is left empty. A library that writes `full` does not take it.
   */
  carry(row: SegmentRow, values: Int8Array, scale: number): CoreError | null
  /** A vector of a further kind for the record added last; several are allowed. */
  addVector(kind: string, vector: Float32Array): CoreError | null
  readonly rows: number
  finish(): BuiltSegment
  delete(): void
}

/** Puts segments together, without their deleted rows. Give it every file in `missing()`; thumbnail packs are carried by name. */
export interface CoreMerger {
  missing(): string[]
  provide(name: string, bytes: Uint8Array): CoreError | null
  finish(): BuiltSegment | CoreError
  delete(): void
}

export interface ManifestStart {
  /** 32 hex digits. */
  epoch: string
  space: { id: string; sha256: string }
  dim: number
  /** float32[dim]; the core makes its file. */
  mean: Float32Array
  /** Writes `full` sections. */
  full: boolean
}

export interface ManifestChange {
  /** Descriptors to append, in order; the core must have been given the segments' files before (`provide`). */
  add: string[]
  /** Descriptors to leave out (merged away or dropped with their source). */
  remove: string[]
  /** Ids to delete from the segments that stay. */
  deleteIds: string[]
  /** Sources as they are from now on. */
  sources: { name: string; url?: string }[]
  /**
   * A graph to publish, from `CoreGraphBuilder.finish`. Without it the one of the manifest stays: where rows are left out it is among
   * the files that are newly named.
   */
  graph?: GraphEntry
  /** What the library is the heart of on a site; without it the one of the manifest stays. */
  bundle?: BundleEntry
}

/** A bundle as its manifest names it. */
export interface BundleEntry {
  /** Its descriptor. */
  file: string
  /** The folder of code beside the library, a sha256. */
  code?: string
}

/** A place in a file of the library. */
export interface Place {
  file: string
  /** Bytes; for a pack the item number. */
  offset: number
}

/** Places of several rows: row i is at `offset[i]` of `files[file[i]]`. */
export interface Places {
  /** Each once. */
  files: string[]
  file: Uint32Array
  offset: Uint32Array
}

/** Places of int8 rows: row i is in `files[file[i]]`, its dim values at the byte `values[i]`, the float32 that scales them at `scale[i]`. */
export interface Int8Places {
  /** Each once. */
  files: string[]
  file: Uint32Array
  values: Uint32Array
  scale: Uint32Array
}

/** Where consecutive rows begin in a file, in bytes. */
export interface RowBytes {
  file: string
  firstRow: number
  rows: number
  offset: number
}

/** Best first, ties by row. */
export interface Candidates {
  rows: Uint32Array
  /** Greater is nearer: a similarity, or a distance with its sign turned. */
  scores: Float32Array
}

export interface SearchSettings {
  /** Records wanted. */
  count: number
  /** cosine if not given. */
  metric?: Metric
  /** The plan chooses by size, k and what is there if not given. Forcing `hnsw` where there is no graph, or `sign` where rows are few, is a `not-found`, either with `l1` a `usage` error. */
  engine?: SearchEngine
  /** Rows that a search along a graph (ef) or by signs keeps: more find more and take longer. If not given it follows `count`. */
  numCandidates?: number | undefined
  /** Rows that may be found: row r is bit r mod 8 of byte ⌊r/8⌋; all if not given. */
  allowed?: Uint8Array
}

export interface FoundCandidates extends Candidates {
  engine: SearchEngine
  /** Rows that were scored. */
  candidates: number
}

/**
 * A search under way. It sees the library as it was when it began, whatever manifest is set meanwhile; `delete()` before the end
 * gives it up.
 */
export interface CoreSearch {
  /** Scores about `rows` rows more; true once it is done. */
  step(rows: number): boolean
  /** Once, after `step` has said true. */
  take(): FoundCandidates
  delete(): void
}

export interface GraphSettings {
  /** Links of a row, 2–128: 16 is usual; the base has twice as many. */
  m: number
  /** Rows considered when a new one is linked, 1–4096: 200 is usual. */
  efConstruction: number
}

/** A graph as the manifest names it. */
export interface GraphEntry {
  /** The file of the graph, split into pieces of at most 20 MiB. */
  files: string[]
  /** Of all pieces. */
  bytes: number
  /** Descriptors of the segments it is over, in the order of its rows. */
  segments: string[]
  /** How many rows of those segments, from the first, it covers. */
  rows: number
}

/**
 * Builds a graph over the segments there were when it was started. It holds their memory, so the library may take other manifests
 * meanwhile; `CoreLibrary.isStale` says when that has made it useless.
 */
export interface CoreGraphBuilder {
  /** Adds up to `maxRows` rows, about 0.5 ms each. `rows` of `of` are in. On an error it is of no use any more. */
  step(maxRows: number): { done: boolean; rows: number; of: number } | CoreError
  /** The graph as far as it is built, for `nextManifest`; at least one row is in. It can go on afterwards. */
  finish(): { files: LibraryFile[]; entry: GraphEntry } | CoreError
  delete(): void
}

/** A library in memory: manifest, int8 rows, deletes, lookups. Rows are numbered over all its segments and stay valid until the next `setManifest`. */
export interface CoreLibrary {
  /** From the next `setManifest` on, keeps only the signs of vectors in memory where their int8 form would take more bytes. */
  setMemoryBudget(bytes: number): void
  /**
   * Whether a large library, of 131,072 rows or with only signs in memory, keeps what finds records by id and picture and says when
   * they were modified and where their thumbnails are: 80 bytes a row that a search does not need. They are wanted unless this says
   * otherwise; who wants them again provides what is `missing` then.
   */
  wantLookups(wanted: boolean): void
  /** Checks version, space (pass '' to accept any) and form, keeps what is already loaded, forgets what is no longer named. */
  setManifest(bytes: Uint8Array, spaceSha256: string): CoreError | null
  /** Files still needed before it can search; call again after providing them (descriptors name more). */
  missing(): string[]
  /** Verifies name against bytes and takes the file in. */
  provide(name: string, bytes: Uint8Array): CoreError | null
  /**
   * Room in the core's memory for a file: the one view into it that is handed out, to be filled at once. Any other call may move the
   * memory and detach the view; the bytes stay until `provideVerified(name)` or `giveUp(name)`.
   */
  buffer(name: string, bytes: number): Uint8Array
  /** Takes in the file that `buffer` made room for, whose sha256 the caller has found to be its name. */
  provideVerified(name: string): CoreError | null
  /** Goes on without a file that cannot be had: returns the number of rows that are out of the search because of it, 0 for a graph's. */
  giveUp(name: string): number
  /** Every file the manifest and its loaded descriptors name, with bytes: what a store must keep. */
  files(): { name: string; bytes: number }[]

  readonly dim: number
  /** Of all segments, deleted ones included. */
  readonly rows: number
  /** Records that are not deleted. */
  readonly count: number
  readonly sequence: number
  readonly hasFull: boolean
  /** False where the memory budget left room for the signs of vectors only: candidates are then to be scored again. */
  readonly int8InMemory: boolean
  manifest(): string

  /** Best rows by the int8 vectors of `kind` ('picture'). query: float32[dim], unit length. */
  beginSearch(kind: string, query: Float32Array, settings: SearchSettings): CoreSearch | CoreError
  /** The same in one call, by the cosine. */
  candidates(kind: string, query: Float32Array, count: number): FoundCandidates | CoreError
  /** Where the float32 vectors of rows are (dim·4 bytes each); null where one has none. */
  fullPlaces(kind: string, rows: Uint32Array): Places | null
  /** Scores of vectors float32[n·dim] just read, sorted, cut to k. */
  rescore(metric: Metric, query: Float32Array, rows: Uint32Array, vectors: Float32Array, k: number): Candidates
  /** Where the int8 rows are; null where one has none. */
  int8Places(kind: string, rows: Uint32Array): Int8Places | null
  /** Scores of int8 rows just read, values int8[n·dim] and scales float32[n], sorted, cut to k. l1 is a `usage` error. */
  rescoreInt8(
    metric: Metric,
    query: Float32Array,
    rows: Uint32Array,
    values: Int8Array,
    scales: Float32Array,
    k: number,
  ): Candidates | CoreError
  /** The vector of an int8 row just read, unit length; empty where it is damaged. */
  vectorOfInt8(values: Int8Array, scale: number): Float32Array
  /** The vector of a row from its int8 form, unit length; empty where that is not in memory. */
  vector(kind: string, row: number): Float32Array

  /** False where `rowOf`, `rowOfSha256`, `stat`, `thumbnailPlace`, merging and deleting find nothing, see `wantLookups`. */
  readonly hasLookups: boolean
  /** −1 if there is none. */
  rowOf(id: string): number
  /** A row holding a picture of that hash, −1 if there is none. */
  rowOfSha256(hex: string): number
  stat(row: number): { sha256: string; size: number; modified: number }
  recordPlace(row: number): Place
  /** null where the row has none. */
  thumbnailPlace(row: number): Place | null
  /** Where the keys of ids are, 16 bytes a row: the first half of the id's sha256. Rows in order. */
  idKeys(): RowBytes[]
  /** Whether the record can be found: it is not deleted. */
  isLive(row: number): boolean
  /** Where in a file the uint32 pack and item of a row's thumbnail are; null where it has none. */
  thumbnailEntry(row: number): { file: string; pack: number; item: number } | null
  /** The place they mean; null if it is none. */
  thumbnailPlaceOf(row: number, pack: number, item: number): Place | null
  /** Where the times are at which files were modified, float64 a row, milliseconds since 1970. Segments may have none. */
  modifiedTimes(): RowBytes[]
  /** Whether `newest` has to be given the times first. */
  readonly needsTimes: boolean
  /** Finite, float64 of all rows. */
  takeTimes(modified: Float64Array): CoreError | null
  /** Rows of all records that are not deleted, last modified first. */
  newest(offset: number, count: number): Uint32Array

  /** The next manifest and the delete bitmaps it names; publish, then `setManifest` it. */
  nextManifest(change: ManifestChange): { manifest: Uint8Array; files: LibraryFile[] } | CoreError
  /** Descriptors that tiered merging would put together now, none of `except`; empty for none. Keeps a library at ≤ 24 segments. */
  planMerge(except: string[]): string[]
  merger(descriptors: string[]): CoreMerger | CoreError

  /** Rows the graph in use covers; 0 without one. */
  readonly graphRows: number
  /** Whether building a graph pays: the library is large, and a tenth of it or more would come into the graph. */
  readonly wantsGraph: boolean
  /** A builder for the largest segments, going on from the graph in use where that has the same settings. Errors: usage, too-large (memory). */
  startGraph(settings: GraphSettings): CoreGraphBuilder | CoreError
  /** Whether segments it is over have gone: its graph would be refused. */
  isStale(builder: CoreGraphBuilder): boolean
  /** Lets a builder's graph, as far as it is built, answer without being published. It lasts as a published one does: until its rows go. Errors: usage (stale, or no row is in). */
  useGraph(builder: CoreGraphBuilder): CoreError | null
  segmentBuilder(): CoreSegmentBuilder
  delete(): void
}

export interface CoreSha256 {
  update(bytes: Uint8Array): void
  hex(): string
  delete(): void
}

export interface Core {
  /**
   * JPEG, PNG, GIF, BMP, PSD, PNM with EXIF orientation applied. A JPEG is decoded at the smallest scale that `least` allows, at 1 where
   * it is null. Truncated files are corrupt.
   */
  decode(bytes: Uint8Array, least: LeastSize | null): CorePicture | CoreError
  /** Pixels the platform decoded, not yet oriented: rgba uint8[width·height·4], straight alpha; orientation 1–8. */
  pictureFromPixels(
    rgba: Uint8Array,
    width: number,
    height: number,
    orientation: number,
    type: string,
  ): CorePicture | CoreError
  /** MIME type by signature; '' if unknown. */
  sniff(bytes: Uint8Array): string
  /** EXIF orientation 1–8 of a JPEG, PNG or WebP; 1 where there is none. */
  orientation(bytes: Uint8Array): number
  /** RGB uint8[width·height·3] as PNG. */
  encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array
  sha256(bytes: Uint8Array): string
  newSha256(): CoreSha256
  newLibrary(): CoreLibrary
  /** The first manifest of a new library, without segments. */
  firstManifest(start: ManifestStart): { manifest: Uint8Array; files: LibraryFile[] }
  /**
   * The k nearest other rows of every row by dot product, exactly: uint32[rows · min(k, rows − 1)], nearest first, of equal ones the
   * earlier row. `vectors`: float32[rows · dim]. Takes a third of a nanosecond for each pair and dimension at most.
   *
   * `lists`: what is known before, uint32[rows · k], or nothing: of each row the nearest of those that are not in `added`, as many as
   * are known, then 0xffffffff. Such a list is brought up to date, is no shorter than before, and ends with 0xffffffff; an empty one is
   * made. Then only rows with empty lists are compared with all.
   */
  nearestRows(vectors: Float32Array, dim: number, k: number, lists: Uint32Array, added: Uint32Array): Uint32Array
  /** Bytes of the wasm heap in use, for leak tests. */
  heapInUse(): number
}
