import { PicfindError } from './errors.ts'
import type { Publication, Store, WriterLock } from './store.ts'

/** A place that libraries are only read from: nothing in it changes, and it has no private notes. */
export abstract class ReadOnlyStore implements Store {
  abstract readonly name: string
  readonly readOnly = true

  abstract read(name: string): Promise<Uint8Array | undefined>

  abstract readManifest(): Promise<Uint8Array | undefined>

  async write(): Promise<void> {
    throw this.#refusal()
  }

  async publish(): Promise<void> {
    throw this.#refusal()
  }

  async clean(_keep: ReadonlySet<string>): Promise<void> {
    throw this.#refusal()
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  async lockWriter(): Promise<WriterLock | undefined> {
    throw this.#refusal()
  }

  onPublish(_callback: (publication: Publication) => void): () => void {
    return () => {}
  }

  async recall(): Promise<unknown> {
    return undefined
  }

  async remember(): Promise<void> {}

  async remove(): Promise<void> {
    throw this.#refusal()
  }

  close(): void {}

  #refusal(): PicfindError {
    return new PicfindError('read-only', `${this.name} is only read and cannot be written; index into another store.`)
  }
}
