/** The right answers, and how many of them a search finds. Runs in Node and in pages. */

function dot(vectors, start, query) {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += vectors[start + i] * query[i]
  return sum
}

/** The k nearest of `vectors` float32[rows·dim] by the textbook loop, nearest first: [{ row, score }]. */
function nearestHits(vectors, query, k, firstRow) {
  const best = []
  const rows = vectors.length / query.length
  for (let row = 0; row < rows; row++) {
    const score = dot(vectors, row * query.length, query)
    if (best.length === k && score <= best[k - 1].score) continue
    const place = best.findLastIndex(hit => hit.score >= score) + 1
    best.splice(place, 0, { row: firstRow + row, score })
    if (best.length > k) best.pop()
  }
  return best
}

const rowsOf = hits => hits.map(({ row }) => row)

/** Rows of the k nearest; also the plain JavaScript of the benches. */
export const nearest = (vectors, query, k) => rowsOf(nearestHits(vectors, query, k, 0))

/** The same for every query, of more rows than fit into memory: `chunks` yields { first, vectors }. */
export function nearestOfChunks(chunks, queries, k) {
  let best = queries.map(() => [])
  for (const { first, vectors } of chunks) {
    best = best.map((hits, i) =>
      [...hits, ...nearestHits(vectors, queries[i], k, first)].sort((a, b) => b.score - a.score).slice(0, k),
    )
  }
  return best.map(rowsOf)
}

/** The queries of a set, each a view of float32[count·dim]. */
export const eachQuery = (vectors, dim) =>
  Array.from({ length: vectors.length / dim }, (_, i) => vectors.subarray(i * dim, (i + 1) * dim))

/** The share of the right rows, over all queries, that `search(query)` gives. */
export async function recallOf(search, queries, right) {
  let found = 0
  for (const [i, query] of queries.entries()) {
    const rows = new Set(await search(query))
    for (const row of right[i]) if (rows.has(row)) found++
  }
  return found / right.flat().length
}
