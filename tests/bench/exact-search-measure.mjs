/** Runs in Node and in a page: exact search through the core beside plain JavaScript over the same float32 vectors. */
import { clusteredVectors, medianTime } from './measure.mjs'

const rows = 10_000
export const dim = 512
const queries = 200
const k = 10

export const libraryVectors = () => clusteredVectors(rows, dim, 1)

/** The k nearest by the textbook loop. */
function bruteForce(vectors, query) {
  const best = []
  for (let row = 0; row < vectors.length; row++) {
    const vector = vectors[row]
    let score = 0
    for (let i = 0; i < dim; i++) score += vector[i] * query[i]
    if (best.length === k && score <= best[k - 1].score) continue
    const place = best.findLastIndex(hit => hit.score >= score) + 1
    best.splice(place, 0, { row, score })
    if (best.length > k) best.pop()
  }
  return best.map(({ row }) => row)
}

/** `search(query, k)` gives the rows that the library finds, [row]. Times are milliseconds a query. */
async function measureSearch(vectors, search) {
  const asked = clusteredVectors(rows + queries, dim, 1).slice(rows)
  let found = 0
  for (const query of asked) {
    const right = new Set(bruteForce(vectors, query))
    for (const row of await search(query, k)) if (right.has(row)) found++
  }
  const options = { runs: queries, warmUp: 50 }
  const at = run => asked[(run + queries) % queries]
  return {
    recall: found / (queries * k),
    search: await medianTime(run => search(at(run), k), options),
    plain: await medianTime(run => bruteForce(vectors, at(run)), { ...options, runs: 40 }),
  }
}

/** A store of files in memory, as far as reading goes. */
function storeOf({ manifest, files }) {
  return {
    name: 'synthetic',
    readManifest: async () => manifest,
    read: async name => files.get(name),
    reading: work => work(),
  }
}

export async function measureLibrary({ core, LibraryReader, searchVector, vectors, manifest, files }) {
  const reader = new LibraryReader(core, storeOf({ manifest, files }), () => {})
  await reader.refresh()
  const result = await measureSearch(vectors, async (query, k) => {
    const { hits } = await searchVector(reader, query, k, 0)
    return hits.map(({ path }) => Number.parseInt(path, 10))
  })
  reader.close()
  return result
}
