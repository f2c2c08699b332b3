import type { Tuning } from './best-rows.ts'
import { PicfindError } from './errors.ts'
import type { QueryEncoder } from './query-encoder.ts'
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
  readonly #encoder: QueryEncoder

  constructor(reader: LibraryReader, encoder: QueryEncoder) {
    this.#reader = reader
    this.#encoder = encoder
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
    const { k, offset, tuning } = wanted
    if (typeof query === 'string') {
      if (query.trim() === '') return { ...(await listNewest(this.#reader, k, offset)), tower: '' }
    } else if ('like' in query) {
      return { ...(await searchLike(this.#reader, query.like, k, offset, tuning)), tower: '' }
    }
    const { vector, tower } = await this.#encoder.encode(query, wanted.tower)
    if (!vector) return nothing(tower)
    const precision = typeof query === 'string' && wanted.tower === 'instant' ? 'int8' : 'full'
    return { ...(await searchVector(this.#reader, vector, k, offset, precision, tuning)), tower }
  }
}

function nothing(tower: string): Answer {
  return { hits: [], rescored: 'full', engine: 'exact', candidates: 0, tower }
}
