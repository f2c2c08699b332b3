import type { Candidates, CoreLibrary } from './core.ts'
import { expectValue } from './core-loader.ts'
import { PicfindError } from './errors.ts'
import type { LibraryReader } from './reader.ts'
import { readRecord, rowOf } from './records.ts'
import type { Hit } from './types.ts'

const kind = 'picture'
/** The first guess of how many int8 candidates hold the k best: four times as many, and not fewer than this. */
const fewestCandidates = 64
/** Where the search for further candidates ends. */
const mostCandidates = 4096

export interface Found {
  hits: Hit[]
  rescored: 'full' | 'int8'
}

/**
 * Hits `offset` … `offset + k` for a query vector float32[dim] of unit length, best first, ties by row. With precision `int8` none of
 * the files of float32 vectors is read.
 */
export function searchVector(
  reader: LibraryReader,
  query: Float32Array,
  k: number,
  offset: number,
  precision: 'full' | 'int8' = 'full',
): Promise<Found> {
  return reader.read(async library => {
    const best =
      precision === 'full'
        ? await bestRows(reader, library, query, k + offset)
        : nearestInt8(library, query, k + offset)
    return { hits: await hitsOf(reader, library, best, offset), rescored: best.rescored }
  })
}

/** The same for a record of the library, which is left out itself. */
export function searchLike(reader: LibraryReader, id: string, k: number, offset: number): Promise<Found> {
  return reader.read(async library => {
    const row = rowOf(library, id)
    const query = await vectorOf(reader, library, row)
    const best = await bestRows(reader, library, query, k + offset + 1)
    const others = without(best, row, k + offset)
    return { hits: await hitsOf(reader, library, others, offset), rescored: best.rescored }
  })
}

/** All records, last modified first, with score 0. */
export function listNewest(reader: LibraryReader, k: number, offset: number): Promise<Found> {
  return reader.read(async library => {
    const rows = library.newest(offset, k)
    const hits = await hitsOf(reader, library, { rows, scores: new Float32Array(rows.length) }, 0)
    return { hits, rescored: library.hasFull ? 'full' : 'int8' }
  })
}

/** The stored vector of a row: as it was encoded where the library has `full`, else from its int8 form. */
export async function vectorOf(reader: LibraryReader, library: CoreLibrary, row: number): Promise<Float32Array> {
  const vectors = await readFull(reader, library, Uint32Array.of(row))
  const vector = vectors ?? library.vector(kind, row)
  if (vector.length === 0) throw new PicfindError('corrupt', 'The vector of this picture is damaged.')
  return vector
}

interface BestRows extends Candidates {
  rescored: 'full' | 'int8'
}

function nearestInt8(library: CoreLibrary, query: Float32Array, k: number): BestRows {
  return { ...expectValue(library.candidates(kind, query, k), 'The query'), rescored: 'int8' }
}

/**
 * The best rows by their float32 vectors. int8 candidates are taken until the next one could not be among the best any more: an int8
 * score differs from the exact one by no more than the candidates' own have been seen to differ.
 */
async function bestRows(
  reader: LibraryReader,
  library: CoreLibrary,
  query: Float32Array,
  k: number,
): Promise<BestRows> {
  for (let count = Math.max(4 * k, fewestCandidates); ; count *= 4) {
    const candidates = expectValue(library.candidates(kind, query, count), 'The query')
    const { rows, scores } = candidates
    const vectors = await readFull(reader, library, rows)
    if (!vectors) return { rows: rows.subarray(0, k), scores: scores.subarray(0, k), rescored: 'int8' }
    const exact = library.rescore(query, rows, vectors, rows.length)
    const result: BestRows = { rows: exact.rows.subarray(0, k), scores: exact.scores.subarray(0, k), rescored: 'full' }
    if (rows.length < count || rows.length >= library.count || count >= mostCandidates) return result
    const next = (scores[scores.length - 1] ?? 0) + largestDifference(candidates, exact)
    if (next < (result.scores[k - 1] ?? -1)) return result
  }
}

function largestDifference(approximate: Candidates, exact: Candidates): number {
  const scores = new Map<number, number>()
  exact.rows.forEach((row, i) => {
    scores.set(row, exact.scores[i] ?? 0)
  })
  let largest = 0
  approximate.rows.forEach((row, i) => {
    largest = Math.max(largest, (scores.get(row) ?? 0) - (approximate.scores[i] ?? 0))
  })
  return largest
}

/** The float32 vectors of rows, one after the other; undefined where the library has none or a file is lost. */
async function readFull(
  reader: LibraryReader,
  library: CoreLibrary,
  rows: Uint32Array,
): Promise<Float32Array | undefined> {
  const places = library.fullPlaces(kind, rows)
  if (places.length < rows.length || rows.length === 0) return undefined
  const width = library.dim * Float32Array.BYTES_PER_ELEMENT
  const vectors = new Uint8Array(rows.length * width)
  const byFile = new Map<string, number[]>()
  places.forEach(({ file }, i) => {
    const indexes = byFile.get(file)
    if (indexes) indexes.push(i)
    else byFile.set(file, [i])
  })
  const copied = await Promise.all(
    [...byFile].map(async ([file, indexes]) => {
      const bytes = await reader.file(file).catch(unlessUnreachable)
      if (!bytes) return false
      for (const i of indexes) {
        const { offset } = places[i]!
        vectors.set(bytes.subarray(offset, offset + width), i * width)
      }
      return true
    }),
  )
  return copied.every(Boolean) ? new Float32Array(vectors.buffer) : undefined
}

/** Without a network the int8 vectors have to do. */
function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof PicfindError && error.code === 'download')) throw error
}

function without({ rows, scores }: Candidates, row: number, k: number): Candidates {
  const kept = [...rows.keys()].filter(i => rows[i] !== row).slice(0, k)
  return { rows: Uint32Array.from(kept, i => rows[i]!), scores: Float32Array.from(kept, i => scores[i]!) }
}

/** A record that is lost with its file is no hit. */
async function hitsOf(
  reader: LibraryReader,
  library: CoreLibrary,
  { rows, scores }: Candidates,
  offset: number,
): Promise<Hit[]> {
  const hits = await Promise.all(
    Array.from(rows.subarray(offset), async (row, i): Promise<Hit[]> => {
      const record = await readRecord(reader, library, row)
      if (!record) return []
      return [{ id: record.id, source: record.source, path: record.path, score: scores[offset + i] ?? 0 }]
    }),
  )
  return hits.flat()
}
