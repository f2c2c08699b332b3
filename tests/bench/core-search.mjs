/** Searches of the core with the float32 vectors of what it finds at hand: float32[rows·dim]. They give rows. */
import { must } from './synthetic-library.mjs'

/** Room for the float32 vectors of what was found, kept from one query to the next. */
let room = new Float32Array()

function rescored(library, vectors, query, rows, k) {
  const { dim } = library
  if (room.length < rows.length * dim) room = new Float32Array(rows.length * dim)
  rows.forEach((row, i) => {
    room.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim)
  })
  return library.rescore('cosine', query, rows, room.subarray(0, rows.length * dim), k).rows
}

export function searchExactly(library, vectors, query, k, candidates) {
  const { rows } = must(library.candidates('picture', query, candidates))
  return rescored(library, vectors, query, rows, k)
}

/** Scores as many rows again as the engine does (best-rows.ts): of a graph's rows the best are among the first. */
export function searchGraph(library, vectors, query, k, numCandidates) {
  const settings = { count: Math.min(numCandidates, Math.max(Math.ceil(1.5 * k), 16)), engine: 'hnsw', numCandidates }
  const search = must(library.beginSearch('picture', query, settings))
  while (!search.step(1000));
  const { rows } = search.take()
  search.delete()
  return rescored(library, vectors, query, rows, k)
}
