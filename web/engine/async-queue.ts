/** A line of items: whoever asks for the next one waits until there is one or the line has ended. */
export class AsyncQueue<T> {
  #items: T[] = []
  #head = 0
  #ended = false
  #waiting: (() => void)[] = []

  push(item: T): void {
    this.#items.push(item)
    this.#waiting.shift()?.()
  }

  /** What is in line is still handed out. */
  end(): void {
    this.#ended = true
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async next(): Promise<T | undefined> {
    while (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
      if (this.#ended) return undefined
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    return this.#items[this.#head++]
  }
}
