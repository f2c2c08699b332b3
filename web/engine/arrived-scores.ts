import type { Candidates, CoreLibrary } from './core.ts'
import { pictures } from './stored-vectors.ts'
import type { Metric } from './types.ts'

/**
 * Candidates that were found by signs, sorted anew, with the scores of those vectors that are in memory. The scores of the others are
 * guesses; they are moved by what the guesses of these were off on average, for a guess that is among the best is more likely too high.
 */
export function scoreArrived(arriving: CoreLibrary, metric: Metric, query: Float32Array, near: Candidates): Candidates {
  const vectors = new Map(Array.from(near.rows, row => [row, arriving.vector(pictures, row)]))
  const rows = near.rows.filter(row => vectors.get(row)!.length > 0)
  if (rows.length === 0) return near
  const all = new Float32Array(rows.length * query.length)
  for (const [i, row] of rows.entries()) all.set(vectors.get(row)!, i * query.length)
  const known = arriving.rescore(metric, query, rows, all, rows.length)
  const scores = new Map(Array.from(known.rows, (row, i) => [row, known.scores[i]!]))
  const guesses = Array.from(near.rows, (row, i): [number, number] => [row, near.scores[i]!])
  const off = guesses.reduce((sum, [row, guess]) => sum + (scores.get(row) ?? guess) - guess, 0) / rows.length
  const sorted = guesses.map(([row, guess]): [number, number] => [row, scores.get(row) ?? guess + off])
  sorted.sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
  return { rows: Uint32Array.from(sorted, ([row]) => row), scores: Float32Array.from(sorted, ([, score]) => score) }
}
