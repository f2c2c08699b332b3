import type { Tuning } from './best-rows.ts'
import type { DecoderPool } from './decoder-pool.ts'
import type { EncoderQueue } from './encoder-queue.ts'
import { PicfindError } from './errors.ts'
import type { LibraryReader } from './reader.ts'
import { type Found, listNewest, searchLike, searchVector } from './search.ts'
import type { Hits, Query, SearchOptions } from './types.ts'

const defaultHits = 30

interface Answer extends Found {
  /** Ids of the text towers that made the query vector. */
  tower: string
}

interface Wanted {
  k: number
  offset: number
  tower: 'instant' | 'best'
  tuning: Tuning
}

/** Answers queries: words, pictures, records and vectors alike end as a vector that is searched. */
export class Queries {
  readonly #reader: LibraryReader
  readonly #encoder: EncoderQueue
  readonly #decoders: DecoderPool
  readonly #dim: number

  constructor(reader: LibraryReader, encoder: EncoderQueue, decoders: DecoderPool, dim: number) {
    this.#reader = reader
    this.#encoder = encoder
    this.#decoders = decoders
    this.#dim = dim
  }

  async answer(query: Query, options: SearchOptions): Promise<Hits> {
    const started = performance.now()
    const { k = defaultHits, offset = 0, tower = 'best', metric, engine, numCandidates, signal } = options
    if (!Number.isSafeInteger(k) || k < 1 || !Number.isSafeInteger(offset) || offset < 0) {
      throw new PicfindError(
        'usage',
        `k must be a whole number from 1 and offset one from 0, found ${k} and ${offset}.`,
      )
    }
    if (numCandidates !== undefined && !(Number.isSafeInteger(numCandidates) && numCandidates >= 1)) {
      throw new PicfindError('usage', `numCandidates must be a whole number from 1, found ${numCandidates}.`)
    }
    const tuning = { metric, engine, numCandidates, signal }
    // These are not answered by signs.
    if (engine === 'exact' || metric === 'l1') await this.#reader.whole()
    const answer = this.#reader.manifest ? await this.#find(query, { k, offset, tower, tuning }) : nothing('')
    const { hits, ...rest } = answer
    return Object.assign(hits, { ...rest, tookMs: performance.now() - started })
  }

  async #find(query: Query, wanted: Wanted): Promise<Answer> {
    if (typeof query === 'string') return this.#findWords(query, wanted)
    const { k, offset, tuning } = wanted
    if ('like' in query) return { ...(await searchLike(this.#reader, query.like, k, offset, tuning)), tower: '' }
    const vector = 'vector' in query ? this.#checked(query.vector) : await this.#encodePicture(query.picture)
    return { ...(await searchVector(this.#reader, vector, k, offset, 'full', tuning)), tower: '' }
  }

  async #findWords(words: string, { k, offset, tower: wanted, tuning }: Wanted): Promise<Answer> {
    if (words.trim() === '') return { ...(await listNewest(this.#reader, k, offset)), tower: '' }
    const { vector, tower } = await this.#encoder.encodeText(words, wanted)
    if (!vector) return nothing(tower)
    const precision = wanted === 'instant' ? 'int8' : 'full'
    return { ...(await searchVector(this.#reader, vector, k, offset, precision, tuning)), tower }
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

function nothing(tower: string): Answer {
  return { hits: [], rescored: 'full', engine: 'exact', candidates: 0, tower }
}
