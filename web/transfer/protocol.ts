/** What transfer.worker.ts answers to; all of it structured-cloneable but `onStep`, which goes through Comlink.proxy. */
import type { Assets } from '../engine/options.ts'
import type { BundleOrigin } from './bundle-files.ts'
import type { OnStep } from './each-file.ts'
import type { ManifestHead } from './manifest-head.ts'

export interface TransferWorker {
  /** What a bundle says of itself. Throws what opening it throws. */
  inspect(origin: BundleOrigin): Promise<ManifestHead>
  /** Makes a library of the browser's private file system out of a bundle; `store` is its name there. */
  importBundle(origin: BundleOrigin, store: string, assets: Assets, onStep: OnStep): Promise<void>
  /** Gives the zip, or the name of the folder that was made. */
  exportBundle(request: ExportRequest, assets: Assets, onStep: OnStep): Promise<Blob | string>
}

export interface ExportRequest {
  /** The library's name in the browser's private file system. */
  store: string
  /** What zip or folder is called. */
  title: string
  /** A folder that may be written to; a zip without it. */
  into?: FileSystemDirectoryHandle
  /** For a site; without it a copy of the library as it is. */
  site?: {
    /** Address of the page. */
    page: string
    /** Where the folders of the pictures are on the site, relative to the bundle. */
    originals: string
  }
}
