import { scoreArrived } from './arrived-scores.ts'
import type { Candidates, CoreLibrary, FoundCandidates, SearchSettings } from './core.ts'
import { expectValue } from './core-loader.ts'
import { pause } from './pause.ts'
import type { LibraryReader } from './reader.ts'
import { pictures, readFull, readInt8 } from './stored-vectors.ts'
import type { Hits, SearchOptions } from './types.ts'

/** Rows scored before others have their turn: about a millisecond's work. */
const rowsAtATime = 32_768
/** The first guess of how many int8 candidates hold the k best: four times as many, and not fewer than this. */
const fewestScanned = 64
/** Of a graph's rows, which are not asked for again: half as many again, and not fewer than this. Twice as many find no more. */
const fewestFollowed = 16
/** Candidates by signs whose int8 form is read from files: three times as many find no more of the ten best at 100,000 rows. */
const fewestRead = 512
/** Where the search for further candidates ends. */
const mostCandidates = 4096

/** How a search is done where it is not left to the library, and what ends it early. */
export type Tuning = Pick<SearchOptions, 'metric' | 'engine' | 'numCandidates' | 'signal'>

export interface BestRows extends FoundCandidates {
  rescored: Hits['rescored']
}

/** The best rows by their int8 vectors, which are read only where the memory budget left them in their files. */
export function nearestInt8(
  reader: LibraryReader,
  library: CoreLibrary,
  query: Float32Array,
  k: number,
  tuning: Tuning,
): Promise<BestRows> {
  return findCandidates(reader, library, query, { ...tuning, count: k })
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
    const found = await findCandidates(reader, library, query, { ...tuning, count })
    // What has been found by signs is not worth reading float32 for before int8 is there.
    if (reader.arriving) return { ...found, ...first(found, k) }
    const { rows, scores } = found
    const vectors = await readFull(reader, library, rows)
    if (!vectors) return { ...found, ...first(found, k) }
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
  return follows ? Math.max(Math.ceil(1.5 * k), fewestFollowed) : Math.max(4 * k, fewestScanned)
}

/** The best rows by their int8 vectors; by their signs alone where those cannot be had or are on their way. */
async function findCandidates(
  reader: LibraryReader,
  library: CoreLibrary,
  query: Float32Array,
  { signal, ...settings }: SearchSettings & Pick<Tuning, 'signal'>,
): Promise<BestRows> {
  if (library.int8InMemory) return { ...(await runSearch(library, query, settings, signal)), rescored: 'int8' }
  const { metric = 'cosine', count, numCandidates } = settings
  const read = numCandidates === undefined ? Math.max(2 * count, fewestRead) : Math.max(count, numCandidates)
  const near = await runSearch(library, query, { ...settings, count: read, numCandidates: undefined }, signal)
  if (near.engine !== 'sign') return { ...near, ...first(near, count), rescored: 'int8' }
  const { arriving } = reader
  if (arriving) return { ...near, ...first(scoreArrived(arriving, metric, query, near), count), rescored: 'sign' }
  const int8 = await readInt8(reader, library, near.rows)
  if (!int8) return { ...near, ...first(near, count), rescored: 'sign' }
  const { values, scales } = int8
  const scored = expectValue(library.rescoreInt8(metric, query, near.rows, values, scales, count), 'The query')
  return { ...near, ...scored, candidates: near.rows.length, rescored: 'int8' }
}

async function runSearch(
  library: CoreLibrary,
  query: Float32Array,
  settings: SearchSettings,
  signal: AbortSignal | undefined,
): Promise<FoundCandidates> {
  const search = expectValue(library.beginSearch(pictures, query, settings), 'The query')
  try {
    while (!search.step(rowsAtATime)) {
      await pause()
      signal?.throwIfAborted()
    }
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
