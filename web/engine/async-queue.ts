/** Items that were handed out leave the array together, when there are so many. */
const fewestTaken = 1024

/** A line of items: whoever asks for the next one waits until there is one or the line has ended. */
export class AsyncQueue<T> {
  #items: (T | undefined)[] = []
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
      if (this.#ended) return undefined
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    return this.#take()
  }

  /** What is handed out is not kept: a line may be as long as a folder has files. */
  #take(): T | undefined {
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head >= fewestTaken && 2 * this.#head >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
