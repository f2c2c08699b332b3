/** Files read lately, by name, up to a number of bytes; the one unused for longest goes first. */
export class FileCache {
  readonly #files = new Map<string, Uint8Array>()
  readonly #capacity: number
  #bytes = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  has(name: string): boolean {
    return this.#files.has(name)
  }

  get(name: string): Uint8Array | undefined {
    const file = this.#files.get(name)
    if (file) {
      // A Map keeps the order of insertion: the last one is the one used last.
      this.#files.delete(name)
      this.#files.set(name, file)
    }
    return file
  }

  set(name: string, file: Uint8Array): void {
    if (file.length > this.#capacity || this.#files.has(name)) return
    this.#files.set(name, file)
    this.#bytes += file.length
    for (const [oldest, { length }] of this.#files) {
      if (this.#bytes <= this.#capacity) return
      this.#files.delete(oldest)
      this.#bytes -= length
    }
  }

  clear(): void {
    this.#files.clear()
    this.#bytes = 0
  }
}
