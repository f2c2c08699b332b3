/** Many readers or one writer: while anyone reads, what they read stays as it is. A writer waits for the readers before it only. */
export class Gate {
  #writes: Promise<unknown> = Promise.resolve()
  readonly #readers = new Set<Promise<unknown>>()

  async read<T>(work: () => Promise<T>): Promise<T> {
    let writes: Promise<unknown>
    do {
      writes = this.#writes
      await writes
    } while (writes !== this.#writes)
    const reader = work()
    const settled = reader.catch(() => undefined)
    this.#readers.add(settled)
    try {
      return await reader
    } finally {
      this.#readers.delete(settled)
    }
  }

  write<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#writes.then(() => Promise.all(this.#readers)).then(work)
    this.#writes = turn.catch(() => undefined)
    return turn
  }
}
