/** The right answers, and how many of them a search finds. Runs in Node and in pages. */

function dot(vectors, start, query) {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += vectors[start + i] * query[i]
  return sum
}

/** Rows of the k nearest of `vectors` float32[rows·dim] by the textbook loop, nearest first; also the plain JavaScript of the benches. */
export function nearest(vectors, query, k) {
  const best = []
  const rows = vectors.length / query.length
  for (let row = 0; row < rows; row++) {
    const score = dot(vectors, row * query.length, query)
    if (best.length === k && score <= best[k - 1].score) continue
    const place = best.findLastIndex(hit => hit.score >= score) + 1
    best.splice(place, 0, { row, score })
    if (best.length > k) best.pop()
  }
  return best.map(({ row }) => row)
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
