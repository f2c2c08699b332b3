import { copyPart, type FilePart, type NextParts, type Store, type StoreDescription, type WriterLock } from './store.ts'

/** A library that lives as long as it is open: where there is no secure context and no private file system, and for tests. */
export function memory(): StoreDescription {
  return { kind: 'memory' }
}

export class MemoryStore implements Store {
  readonly name = 'memory'
  readonly readOnly = false
  readonly #files = new Map<string, Uint8Array>()
  readonly #notes = new Map<string, unknown>()
  #manifest: Uint8Array | undefined
  #locked = false

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#files.get(name)
  }

  async readParts(name: string, parts: readonly FilePart[], next?: NextParts): Promise<boolean> {
    const file = this.#files.get(name)
    if (!file || parts.some(({ offset, into }) => offset + into.length > file.length)) return false
    for (const part of parts) copyPart(file, part)
    return next === undefined || this.readParts(name, next())
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(name, bytes)
  }

  async readManifest(): Promise<Uint8Array | undefined> {
    return this.#manifest
  }

  async publish(manifest: Uint8Array): Promise<void> {
    this.#manifest = manifest
  }

  async clean(keep: ReadonlySet<string>): Promise<void> {
    for (const name of this.#files.keys()) if (!keep.has(name)) this.#files.delete(name)
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  async lockWriter(): Promise<WriterLock | undefined> {
    if (this.#locked) return undefined
    this.#locked = true
    return {
      release: async () => {
        this.#locked = false
      },
    }
  }

  onPublish(): () => void {
    return () => {}
  }

  async recall(source: string): Promise<unknown> {
    return this.#notes.get(source)
  }

  async remember(source: string, note: unknown): Promise<void> {
    if (note === undefined) this.#notes.delete(source)
    else this.#notes.set(source, note)
  }

  async remove(): Promise<void> {
    this.#files.clear()
    this.#notes.clear()
    this.#manifest = undefined
  }

  close(): void {}
}
