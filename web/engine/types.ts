/** The words of the public interface. Everything here is structured-cloneable unless it says otherwise. */
import type { Remote, StoreDescription } from './store.ts'

export type ErrorCode =
  | 'unsupported' // a format or feature nothing here can read
  | 'corrupt' // bytes that are not what they claim to be
  | 'too-large' // beyond a stated limit, refused before allocation
  | 'not-found' // a file, library, model or id that is not there
  | 'space' // a library of another space than the model's
  | 'version' // a library written by a newer Picfind
  | 'licence' // a model whose terms have not been accepted
  | 'token' // a server that wants to know who asks, or lets this one not do that
  | 'download' // a model file that could not be fetched or verified
  | 'no-space' // the store is full
  | 'core-lost' // the WebAssembly core broke down, out of memory perhaps, and has been started anew
  | 'busy' // another tab or process is writing to this library
  | 'read-only' // the store cannot be written
  | 'usage' // the caller's arguments

/**
 * How vectors are compared. cosine (−1 … 1) and dot are similarities, greater is nearer; l2 (Euclidean) and l1 (Manhattan) are
 * distances, smaller is nearer. As picture vectors are of unit length the first three find the same pictures.
 */
export type Metric = 'cosine' | 'dot' | 'l2' | 'l1'

/**
 * What finds the candidates: a scan of every picture's vector, the links of a graph (HNSW), which sees only some of them, or a scan of
 * the signs of every vector, which then looks closer at some.
 */
export type SearchEngine = 'exact' | 'hnsw' | 'sign'

/** A score is by the metric of the search, which is the cosine of query and picture vector, −1 … 1, if not said otherwise. */
export interface Hit {
  id: string
  source: string
  path: string
  score: number
}

/** What a library keeps of a picture. Pixels are of the picture as it is shown (orientation applied). */
export interface PictureRecord {
  id: string
  source: string
  path: string
  /** MIME type by content, not by name. */
  type: string
  /** Bytes of the file. */
  size: number
  width: number
  height: number
  /** Of the file's bytes, lower-case hex. */
  sha256: string
  /** Milliseconds since 1970; only in libraries that their owner indexed here. */
  modified?: number
}

/** What the library of a site keeps of a picture; each of these only where it is known. Texts are plain text, whatever they look like. */
export interface SiteRecord extends Omit<PictureRecord, 'modified'> {
  /** From the pages that show it. */
  alt?: string
  caption?: string
  title?: string
  /** From the file, as is the title where no page gives one. */
  description?: string
  /** ISO 8601, local time where the camera did not say its zone. */
  taken?: string
  camera?: string
  /** Where the picture is, if not at its path in the site. */
  url?: string
  /** Pages that show it; addresses are relative to the site's root. */
  pages?: { url: string; title: string }[]
  /** Address of a small version, relative to the bundle. */
  thumbnail?: string
  /** Latitude and longitude in degrees; only where its owner asked for it. */
  location?: [number, number]
  /** What else the file says of itself; only where its owner asked for it. */
  metadata?: Record<string, string>
}

/** Words, a picture, or a record of the library. An empty string lists all pictures, newest first (score 0). */
export type Query = string | { picture: Blob | Uint8Array } | { like: string } | { vector: Float32Array }

export interface SearchOptions {
  /** How many hits, 30 if not given. */
  k?: number
  /** How many of the best to leave out: continues a list. */
  offset?: number
  /**
   * How words are answered: `best` (the default) with the best text tower and the vectors as they were encoded; `instant` waits for
   * neither: with token tables, where the model has them, and the int8 vectors in memory.
   */
  tower?: 'instant' | 'best'
  /** `cosine` if not given. */
  metric?: Metric
  /**
   * Chosen by the library's size, k and what is ready if not given. `hnsw` throws `not-found` while there is no graph, `sign` in libraries
   * of few pictures; both throw `usage` with l1, as `exact` and l1 do where the memory budget left room for signs only.
   */
  engine?: SearchEngine
  /** How many candidates are looked at closer: more find more and take longer. It follows k if not given. */
  numCandidates?: number
  signal?: AbortSignal
}

export interface Hits extends Array<Hit> {
  /** Which vectors the final scores come from; `sign` where some are on their way, or not in memory while their files cannot be had. */
  rescored: 'full' | 'int8' | 'sign'
  /** What found them; `server` where the library is not copied. */
  engine: SearchEngine | 'server'
  /** Vectors that were scored for it. */
  candidates: number
  /** Id of the text towers that made the query vector, joined by `+`; empty for pictures. */
  tower: string
  /** Milliseconds in the search itself, encoding of the query included. */
  tookMs: number
}

export type SkipCode =
  | 'unsupported' // a format or feature nothing here can read
  | 'corrupt' // bytes that are not what they claim to be
  | 'too-large' // beyond a stated limit
  | 'unreadable' // there, but the system does not give it out, or gone since it was listed
  | 'same-path' // another file of the source has its path
  | 'decoder-lost' // the decoder broke down over it, twice

export interface Skipped {
  path: string
  code: SkipCode
  /** In English, with the details. */
  reason: string
}

/** Where `add` stands. The last one has `phase: 'done'`. */
export interface Progress {
  phase: 'listing' | 'indexing' | 'committing' | 'done'
  /** Pictures found so far; final once the phase is past `listing`. */
  found: number
  /** Pictures dealt with: indexed, unchanged, renamed or skipped. */
  done: number
  indexed: number
  unchanged: number
  renamed: number
  deleted: number
  skipped: Skipped[]
  /** Encoded pictures a second over the last seconds; 0 before the first. */
  picturesPerSecond: number
  /** Seconds to go at that rate; undefined before it is known. */
  secondsLeft?: number
}

export interface AddOptions {
  signal?: AbortSignal
  /** Folder paths inside the source, `/`-separated. A picture counts if it is in an included folder (all, if none is named) and in no excluded one. */
  include?: string[]
  exclude?: string[]
  /** Another library, ignored unless it is of the same space: a picture that it has is taken from there, which costs no encoding. */
  carryFrom?: StoreDescription
}

export interface LibraryInfo {
  pictures: number
  sources: { name: string; pictures: number; url?: string }[]
  model: string
  space: string
  /** +1 with every published manifest. */
  sequence: number
  readOnly: boolean
  /** One line on what is missing here: no OPFS, another tab writes, a corrupt file by name. */
  notices: string[]
  /** Bytes of the library's files in its store. */
  bytes: number
  /** Only of a library that is kept in step with a server. */
  remote?: Remote
  /** Rows that the graph covers; it is built in the background once the library is large. */
  graphRows: number
}
