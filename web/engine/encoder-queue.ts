import type { EncoderService } from './workers/protocol.ts'

type Encode = Pick<EncoderService, 'encodePicture' | 'encodeText'>

/** Gives the encoder one task at a time, queries first: a query waits for the inference at work and for no other. */
export class EncoderQueue {
  readonly #encoder: Encode
  readonly #queries: (() => Promise<void>)[] = []
  readonly #pictures: (() => Promise<void>)[] = []
  #busy = false

  constructor(encoder: Encode) {
    this.#encoder = encoder
  }

  encodeText(...[text, tower]: Parameters<Encode['encodeText']>): ReturnType<Encode['encodeText']> {
    return this.#enqueue(this.#queries, () => this.#encoder.encodeText(text, tower))
  }

  /** A picture to search with. */
  encodeQuery(tensor: Float32Array): Promise<Float32Array> {
    return this.#enqueue(this.#queries, () => this.#encoder.encodePicture(tensor))
  }

  /** A picture to index. */
  encodePicture(tensor: Float32Array): Promise<Float32Array> {
    return this.#enqueue(this.#pictures, () => this.#encoder.encodePicture(tensor))
  }

  #enqueue<T>(queue: (() => Promise<void>)[], task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      queue.push(() => task().then(resolve, reject))
      if (!this.#busy) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#busy = true
    for (;;) {
      const task = this.#queries.shift() ?? this.#pictures.shift()
      if (!task) break
      await task()
    }
    this.#busy = false
  }
}
