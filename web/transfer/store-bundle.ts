import { fileNamePattern } from '../engine/store.ts'
import { ReadOnlyStore } from '../engine/store-read-only.ts'
import type { BundleSource } from './bundle-source.ts'
import { manifestName } from './manifest-head.ts'

/** A bundle that was given as a zip or a folder, as a library is read. */
export class BundleStore extends ReadOnlyStore {
  readonly name: string
  readonly #source: BundleSource

  constructor(source: BundleSource) {
    super()
    this.#source = source
    this.name = source.name
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return fileNamePattern.test(name) ? this.#source.read(name) : undefined
  }

  readManifest(): Promise<Uint8Array | undefined> {
    return this.#source.read(manifestName)
  }
}
