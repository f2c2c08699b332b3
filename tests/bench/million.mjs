/** A million vectors of 512 dimensions in one Chromium page: time, recall against exact float32, peak memory of the page's process. */
import { browserProfile, serveLibrary } from './browser.mjs'
import { median, quantile, timeOf } from './measure.mjs'
import { eachQuery, nearestOfChunks } from './nearest.mjs'
import { storeLibrary } from './opfs-library.mjs'
import { peakOfRenderers } from './renderer-memory.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const queries = 100
const k = 10
const chunk = 50_000
const space = { id: 'synthetic', sha256: '0'.repeat(64) }

function* chunksOf(source, rows) {
  for (let first = 0; first < rows; first += chunk) yield { first, vectors: source.rows(first, chunk) }
}

/** Runs in the page: opens the stored library and asks all queries; { opened, times (milliseconds), found (rows), engine }. */
async function searchInPage({ asked, dim, k }) {
  const { core } = await import('/tests/bench/core.mjs')
  const { timeOf } = await import('/tests/bench/measure.mjs')
  const { eachQuery } = await import('/tests/bench/nearest.mjs')
  const { rowOf } = await import('/tests/bench/synthetic-library.mjs')
  const { LibraryReader } = await import('/dist/engine/reader.js')
  const { OpfsStore } = await import('/dist/engine/store-opfs.js')
  const { searchVector } = await import('/dist/engine/search.js')
  const reader = new LibraryReader(await core(), new OpfsStore('million'), () => {})
  const queries = eachQuery(Float32Array.from(asked), dim)
  let engine
  const search = async query => {
    const found = await searchVector(reader, query, k, 0)
    engine = found.engine
    return found.hits.map(rowOf)
  }
  const opened = await timeOf(async () => {
    await reader.refresh()
    await search(queries[0])
  })
  const found = []
  for (const query of queries) found.push(await search(query))
  const times = []
  for (const query of queries) times.push(await timeOf(() => search(query)))
  return { opened, times, found, engine }
}

export async function* million({ quick }) {
  const rows = quick ? 50_000 : 1_000_000
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const asked = source.rows(rows, queries)
  let library
  const making = await timeOf(async () => {
    const vectorsOf = (first, count) => source.rows(first, count)
    const graph = { m: 16, efConstruction: 200 }
    library = await syntheticLibrary({ rows, dim, vectorsOf, space, full: false, graph })
  })
  const server = await serveLibrary(library)
  const profile = browserProfile()
  try {
    await profile.use(async context => {
      const page = await context.newPage()
      await page.goto(`${server.url}/bench`)
      const { sequence, files } = library
      await page.evaluate(storeLibrary, { library: 'million', names: [...files.keys()], sequence })
    })
    const { opened, times, found, engine, peak } = await profile.use(async context => {
      const page = await context.newPage()
      await page.goto(`${server.url}/bench`)
      const result = await page.evaluate(searchInPage, { asked: Array.from(asked), dim, k })
      return { ...result, peak: peakOfRenderers(profile.folder) }
    })
    const right = nearestOfChunks(chunksOf(source, rows), eachQuery(asked, dim), k)
    const common = right.map((rows, i) => rows.filter(row => found[i].includes(row)).length / k)
    const recall = common.reduce((sum, share) => sum + share, 0) / queries
    const count = rows.toLocaleString('en')
    const name = `${count} × ${dim} in a Chromium page`
    const against = `p95 ${quantile(times, 0.95).toFixed(1)} ms; recall ${recall.toFixed(3)}; engine ${engine}`
    yield row(`${name}: a query, p50`, median(times), 'ms', { goal: atMost(15), against })
    yield row(`${name}: recall@10 against exact float32`, recall, '', { goal: atLeast(0.97) })
    yield row(`${name}: peak memory of its process`, peak, 'MB', { goal: atMost(900) })
    yield row(`${name}: open to first answer`, opened / 1000, 's')
    yield row(`${count}: vectors made, quantised and linked, in Node`, making / 60_000, 'minutes')
  } finally {
    server.close()
    profile.remove()
  }
}
