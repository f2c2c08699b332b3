/** Searches of the core with the float32 vectors of what it finds at hand: float32[rows·dim]. They give rows. */
import { must } from './synthetic-library.mjs'

/** Rows scored again in float32 for each hit wanted: what int8 ranks lower than that is not among the best. */
const rescoredPerHit = 4

function rescored(library, vectors, query, rows, k) {
  const { dim } = library
  const full = new Float32Array(rows.length * dim)
  rows.forEach((row, i) => {
    full.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim)
  })
  return library.rescore('cosine', query, rows, full, k).rows
}

export function searchExactly(library, vectors, query, k, candidates) {
  const { rows } = must(library.candidates('picture', query, candidates))
  return rescored(library, vectors, query, rows, k)
}

export function searchGraph(library, vectors, query, k, numCandidates) {
  const settings = { count: Math.min(numCandidates, rescoredPerHit * k), engine: 'hnsw', numCandidates }
  const search = must(library.beginSearch('picture', query, settings))
  while (!search.step(1000));
  const { rows } = search.take()
  search.delete()
  return rescored(library, vectors, query, rows, k)
}
