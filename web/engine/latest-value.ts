/** Hands the newest value to one reader: values that come faster than they are read are left out, the last one never is. */
export class LatestValue<T> implements AsyncIterable<T> {
  #value: T | undefined
  #ended = false
  #wake: () => void = () => {}

  /** Has no effect after `end`. */
  set(value: T): void {
    if (this.#ended) return
    this.#value = value
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.#value
      this.#value = undefined
      if (value !== undefined) yield value
      else if (this.#ended) return
      else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    }
  }
}
