/** Bounds what is in memory at once. One that alone is more than the budget still gets its turn, by itself. */
export class ByteBudget {
  readonly #limit: number
  #used = 0
  readonly #waiting: { bytes: number; admit: () => void }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  async spend<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    await this.#enter(bytes)
    try {
      return await work()
    } finally {
      this.#used -= bytes
      this.#admit()
    }
  }

  #enter(bytes: number): Promise<void> {
    return new Promise(admit => {
      this.#waiting.push({ bytes, admit })
      this.#admit()
    })
  }

  #admit(): void {
    for (;;) {
      const next = this.#waiting[0]
      if (!next || (this.#used > 0 && this.#used + next.bytes > this.#limit)) return
      this.#waiting.shift()
      this.#used += next.bytes
      next.admit()
    }
  }
}
