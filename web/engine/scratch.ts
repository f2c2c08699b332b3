/**
 * Memory that files are read into one after the other, for those who keep little of each. In arrays of their own they would stay until
 * they are collected, which is late: what is counted is objects rather than bytes.
 */
export class Scratch {
  #bytes = new Uint8Array()
  #turn: Promise<unknown> = Promise.resolve()

  /** `work` may use what `room` gives until it is done; one at a time. */
  use<T>(work: (room: (bytes: number) => Uint8Array) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() =>
      work(bytes => {
        if (this.#bytes.length < bytes) this.#bytes = new Uint8Array(bytes)
        return this.#bytes.subarray(0, bytes)
      }),
    )
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}
