import type { Store, StoreDescription } from './store.ts'

/** Where the parts of Picfind that are not JavaScript are: addresses that end in a slash. */
export interface Assets {
  /** Holds picfind-core.mjs and picfind-core.wasm. */
  core: string
  /** Holds one folder for each model. */
  models: string
  /** Holds ONNX Runtime's wasm files; without it the runtime looks beside its own script. */
  runtime?: string
}

/** How far a model file is. */
export interface ModelProgress {
  /** Name of the file. */
  file: string
  loaded: number
  /** Bytes; null where the server does not say. */
  total: number | null
}

export interface LibraryOptions {
  /** `opfs(name)`, `memory()`, `http(url)`, in Node also `folder(path)` or an own Store. */
  store: StoreDescription | Store
  /** Id of a model or where its model.json is; without it the model that made the library, for a new one `picfind-mini`. */
  model?: string
  /** Set once the person has agreed to the terms of a model that asks for it. */
  acceptedLicence?: boolean
  /** Where they differ from the package's own. */
  assets?: Partial<Assets>
  /** Called while model files are downloaded. */
  onModelProgress?: (progress: ModelProgress) => void
}
