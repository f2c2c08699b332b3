import type { Candidates, CoreLibrary, FoundCandidates, SearchSettings } from './core.ts'
import { expectValue } from './core-loader.ts'
import { PicfindError } from './errors.ts'
import { pause } from './pause.ts'
import type { LibraryReader } from './reader.ts'
import type { SearchOptions } from './types.ts'

/** The vectors of pictures, one for each record. */
export const pictures = 'picture'
/** Rows scored before others have their turn: about a millisecond's work. */
const rowsAtATime = 32_768
/** The first guess of how many int8 candidates hold the k best: four times as many, and not fewer than this. */
const fewestScanned = 64
/** Along a graph more cost more: twice as many, and not fewer than this. */
const fewestFollowed = 32
/** Where the search for further candidates ends. */
const mostCandidates = 4096

/** How a search is done where it is not left to the library. */
export type Tuning = Pick<SearchOptions, 'metric' | 'engine' | 'numCandidates'>

export interface BestRows extends FoundCandidates {
  rescored: 'full' | 'int8'
}

/** The best rows by their int8 vectors, for which no file is read. */
export async function nearestInt8(
  library: CoreLibrary,
  query: Float32Array,
  k: number,
  tuning: Tuning,
): Promise<BestRows> {
  return { ...(await findCandidates(library, query, { ...tuning, count: k })), rescored: 'int8' }
}

/**
 * The best rows by their float32 vectors. Of a scan, int8 candidates are taken until the next one could not be among the best any more:
 * an int8 score differs from the exact one by no more than the candidates' own have been seen to differ.
 */
export async function bestRows(
  reader: LibraryReader,
  library: CoreLibrary,
  query: Float32Array,
  k: number,
  tuning: Tuning,
): Promise<BestRows> {
  for (let count = firstCount(library, k, tuning); ; count *= 4) {
    const found = await findCandidates(library, query, { ...tuning, count, numCandidates: count })
    const { rows, scores } = found
    const vectors = await readFull(reader, library, rows)
    if (!vectors) return { ...found, ...first(found, k), rescored: 'int8' }
    const exact = library.rescore(tuning.metric ?? 'cosine', query, rows, vectors, rows.length)
    const result: BestRows = { ...found, ...first(exact, k), rescored: 'full' }
    if (tuning.numCandidates !== undefined || found.engine !== 'exact') return result
    if (rows.length < count || rows.length >= library.count || count >= mostCandidates) return result
    const next = (scores[scores.length - 1] ?? 0) + largestDifference(found, exact)
    if (next < (result.scores[k - 1] ?? Number.NEGATIVE_INFINITY)) return result
  }
}

function firstCount(library: CoreLibrary, k: number, { engine, metric, numCandidates }: Tuning): number {
  if (numCandidates !== undefined) return Math.max(k, numCandidates)
  const follows = engine !== 'exact' && metric !== 'l1' && library.graphRows > 0
  return follows ? Math.max(2 * k, fewestFollowed) : Math.max(4 * k, fewestScanned)
}

async function findCandidates(
  library: CoreLibrary,
  query: Float32Array,
  settings: SearchSettings,
): Promise<FoundCandidates> {
  const search = expectValue(library.beginSearch(pictures, query, settings), 'The query')
  try {
    while (!search.step(rowsAtATime)) await pause()
    return search.take()
  } finally {
    search.delete()
  }
}

function first({ rows, scores }: Candidates, k: number): Candidates {
  return { rows: rows.subarray(0, k), scores: scores.subarray(0, k) }
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
export async function readFull(
  reader: LibraryReader,
  library: CoreLibrary,
  rows: Uint32Array,
): Promise<Float32Array | undefined> {
  const places = rows.length > 0 ? library.fullPlaces(pictures, rows) : null
  if (!places) return undefined
  const files = await Promise.all(places.files.map(name => reader.file(name).catch(unlessUnreachable)))
  const width = library.dim * Float32Array.BYTES_PER_ELEMENT
  const vectors = new Uint8Array(rows.length * width)
  for (let i = 0; i < rows.length; i++) {
    const file = files[places.file[i]!]
    if (!file) return undefined
    const offset = places.offset[i]!
    vectors.set(file.subarray(offset, offset + width), i * width)
  }
  return new Float32Array(vectors.buffer)
}

/** Without a network the int8 vectors have to do. */
function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof PicfindError && error.code === 'download')) throw error
}
