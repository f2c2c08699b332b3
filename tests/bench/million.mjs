/**
 * A million vectors of 512 dimensions in one Chromium page: time, recall against exact float32, peak memory of the page's process. Twice:
 * with all memory, and by a plan for phones that give a page 300 MB.
 */
import { browserProfile, serveLibrary } from './browser.mjs'
import { median, quantile, timeOf } from './measure.mjs'
import { eachQuery, nearestOfChunks } from './nearest.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { keepLibrary, searchStored } from './stored-search.mjs'
import { syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const queries = 100
const k = 10
const chunk = 50_000
const space = { id: 'synthetic', sha256: '0'.repeat(64) }
const name = 'million'
const plans = [
  { what: 'in a Chromium page', goals: { time: atMost(15), recall: atLeast(0.97), peak: atMost(900) } },
  // Bytes for vectors: what the page's process takes besides are 200 MB.
  { what: 'for a phone', memoryBudget: 100e6, goals: { peak: atMost(300) } },
]

function* chunksOf(source, rows) {
  for (let first = 0; first < rows; first += chunk) yield { first, vectors: source.rows(first, chunk) }
}

function* reported(what, goals, { opened, times, found, engine, memory }, right) {
  const common = right.map((rows, i) => rows.filter(row => found[i].includes(row)).length / k)
  const recall = common.reduce((sum, share) => sum + share, 0) / queries
  const against = `p95 ${quantile(times, 0.95).toFixed(1)} ms; recall ${recall.toFixed(3)}; engine ${engine}`
  yield row(`${what}: a query, p50`, median(times), 'ms', { goal: goals.time, against })
  yield row(`${what}: recall@10 against exact float32`, recall, '', { goal: goals.recall })
  yield row(`${what}: peak memory of its process`, memory.peak, 'MB', {
    goal: goals.peak,
    against: `${memory.files.toFixed(0)} of it the browser's program, which its processes share`,
  })
  yield row(`${what}: open to first answer`, opened / 1000, 's')
}

export async function* million({ quick }) {
  const rows = quick ? 100_000 : 1_000_000
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const asked = source.rows(rows, queries)
  let library
  const making = await timeOf(async () => {
    const vectorsOf = (first, count) => source.rows(first, count)
    const graph = { m: 16, efConstruction: 200 }
    library = await syntheticLibrary({ rows, dim, vectorsOf, space, full: false, graph })
  })
  const right = nearestOfChunks(chunksOf(source, rows), eachQuery(asked, dim), k)
  const server = await serveLibrary(library)
  const profile = browserProfile()
  try {
    await keepLibrary(profile, server, library, name)
    const count = rows.toLocaleString('en')
    for (const { what, memoryBudget, goals } of plans) {
      const result = await searchStored(profile, server, { library: name, asked, dim, k, memoryBudget })
      yield* reported(`${count} × ${dim} ${what}`, goals, result, right)
    }
    yield row(`${count}: vectors made, quantised and linked, in Node`, making / 60_000, 'minutes')
  } finally {
    server.close()
    profile.remove()
  }
}
