/** Searches of the core with the float32 vectors of what it finds at hand: float32[rows·dim]. They give rows. */
import { must } from './synthetic-library.mjs'

function rescored(library, vectors, query, rows, k) {
  const { dim } = library
  const full = new Float32Array(rows.length * dim)
  rows.forEach((row, i) => {
    full.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim)
  })
  return library.rescore(query, rows, full, k).rows
}

export function searchExactly(library, vectors, query, k, candidates) {
  const { rows } = must(library.candidates('picture', query, candidates))
  return rescored(library, vectors, query, rows, k)
}

export function searchGraph(library, vectors, query, k, numCandidates) {
  const settings = { count: numCandidates, engine: 'hnsw', numCandidates }
  const search = must(library.beginSearch('picture', query, settings))
  while (!search.step(1000));
  const { rows } = search.take()
  search.delete()
  return rescored(library, vectors, query, rows, k)
}
