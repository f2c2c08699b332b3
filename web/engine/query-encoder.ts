import type { DecoderPool } from './decoder-pool.ts'
import type { EncoderQueue } from './encoder-queue.ts'
import { PicfindError } from './errors.ts'
import type { Query } from './types.ts'

/** What a query that is no record of the library comes to: float32[dim], unit length. */
export interface EncodedQuery {
  /** undefined where no text tower knows a word of it. */
  vector: Float32Array | undefined
  /** Ids of the text towers that made it. */
  tower: string
}

export class QueryEncoder {
  readonly #encoder: EncoderQueue
  readonly #decoders: DecoderPool
  readonly #dim: number

  constructor(encoder: EncoderQueue, decoders: DecoderPool, dim: number) {
    this.#encoder = encoder
    this.#decoders = decoders
    this.#dim = dim
  }

  async encode(query: Exclude<Query, { like: string }>, tower: 'instant' | 'best'): Promise<EncodedQuery> {
    if (typeof query === 'string') return this.#encoder.encodeText(query, tower)
    const vector = 'vector' in query ? this.#checked(query.vector) : await this.#encodePicture(query.picture)
    return { vector, tower: '' }
  }

  async #encodePicture(picture: Blob | Uint8Array): Promise<Float32Array> {
    // The caller's bytes stay the caller's.
    const file = picture instanceof Uint8Array ? picture.slice() : picture
    const taken = await this.#decoders.take(file, picture instanceof File ? picture.name : '')
    const { tensor } = await taken.decode({ thumbnail: false })
    return this.#encoder.encodeQuery(tensor)
  }

  #checked(vector: Float32Array): Float32Array {
    if (vector.length === this.#dim) return vector
    throw new PicfindError('usage', `The query vector must be float32[${this.#dim}], found ${vector.length}.`)
  }
}
