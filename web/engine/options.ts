import type { Store, StoreDescription } from './store.ts'

/** Where the parts of Picfind that are not JavaScript are: addresses that end in a slash, in a page also relative to it. */
export interface Assets {
  /** Holds picfind-core.js and picfind-core.wasm. */
  core: string
  /** Holds one folder for each model, or the files of one by hash. */
  models: string
  /** Of a model by hash: its files' names, and the sha256 that each file, or each of its pieces in order, has as its name in `models`. */
  modelFiles?: Record<string, string | string[]>
  /** Holds ONNX Runtime's wasm files, or names each; without it the runtime looks beside its own script. */
  runtime?: string | { mjs: string; wasm: string }
  /** Of its wasm, which is then kept for offline use as the files of a model by hash are. */
  runtimeSha256?: string
}

/** How far a file is. */
export interface ModelProgress {
  /** Name of the file. */
  file: string
  loaded: number
  /** Bytes; null where the server does not say. */
  total: number | null
}

/**
 * How JPEGs become the model's pixels. `exact`: decoded whole. `fine`: decoded smaller, the shorter side at least four times the model's;
 * vectors agree with exact ones to a cosine of 0.9995. `fast`: at least twice; 0.998.
 */
export type Decoding = 'exact' | 'fine' | 'fast'

export interface LibraryOptions {
  /** `opfs(name)`, `memory()`, `http(url)`, in Node also `folder(path)` or an own Store. */
  store: StoreDescription | Store
  /** Id of a model or where its model.json is; without it the model that made the library, for a new one `picfind-mini`. */
  model?: string
  /** Set once the person has agreed to the terms of a model that asks for it. */
  acceptedLicence?: boolean
  /** Of pictures that are indexed and of pictures that are searched by; `fine` if not said. */
  decoding?: Decoding
  /**
   * Of the graph that a large library gets in the background (HNSW): links of a row and rows considered when one is linked; 16 and 200
   * if not said. More find more and cost more memory and time.
   */
  graph?: { m?: number; efConstruction?: number }
  /**
   * Bytes of memory that may go to the library's vectors. Where their int8 form would take more, their signs are kept, an eighth of it,
   * and what looks nearest by these is read from the store. If not said: in a page half of the memory the device tells of, else no limit.
   */
  memoryBudget?: number
  /**
   * Rows above which the signs of vectors are read first: the library opens as soon as these are there and answers by them
   * (`rescored: 'sign'`) while the vectors arrive, each time more of them with a `change`. If not said, none.
   */
  signsFirstAbove?: number
  /**
   * Bytes of vectors that may be copied from a server: one that answers searches is asked to find the pictures of a larger library, of
   * which nothing is copied then. If not said, all are copied.
   */
  mostCopied?: number
  /** Where they differ from the package's own. */
  assets?: Partial<Assets>
  /** Called while model files are downloaded. */
  onModelProgress?: (progress: ModelProgress) => void
  /** Called while the library's files are fetched from a site. */
  onLibraryProgress?: (progress: ModelProgress) => void
}
