import { fileNamePattern } from '../engine/store.ts'
import { ReadOnlyStore } from '../engine/store-read-only.ts'
import type { BundleFiles } from './bundle-files.ts'
import { manifestName } from './manifest-head.ts'

/** A bundle that was given as a zip or a folder, as a library is read. */
export class BundleStore extends ReadOnlyStore {
  readonly name: string
  readonly #files: BundleFiles

  constructor(files: BundleFiles) {
    super()
    this.#files = files
    this.name = files.name
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return fileNamePattern.test(name) ? this.#files.read(name) : undefined
  }

  readManifest(): Promise<Uint8Array | undefined> {
    return this.#files.read(manifestName)
  }
}
