/**
 * Exact search with rescoring, as the engine does it, in Node and in Chromium: what a query of 10,000 rows takes, and how 50,000 compare
 * with the same kernel compiled natively.
 */
import { browserProfile, serveLibrary } from './browser.mjs'
import { core } from './core.mjs'
import { searchExactly } from './core-search.mjs'
import { k, openSearch, queryTime, recallAgainst } from './exact-search-measure.mjs'
import { interleaved, median } from './measure.mjs'
import { nativeScan } from './native-scan.mjs'
import { eachQuery } from './nearest.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { setManifest, syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const queries = 100
/** What the engine scores again for k 10. */
const candidates = 64
const space = { id: 'synthetic', sha256: '0'.repeat(64) }

async function openInNode(library) {
  const [{ LibraryReader }, { searchVector }] = await Promise.all([
    import('../../dist/engine/reader.js'),
    import('../../dist/engine/search.js'),
  ])
  return openSearch({ LibraryReader, searchVector }, library)
}

/** Runs in the page: keeps the search and its queries in globalThis.bench. */
async function openInPage({ names, queries, dim }) {
  const load = async name => new Uint8Array(await (await fetch(`/synthetic/${name}`)).arrayBuffer())
  const { LibraryReader } = await import('/dist/engine/reader.js')
  const { searchVector } = await import('/dist/engine/search.js')
  const { openSearch, queryTime } = await import('/tests/bench/exact-search-measure.mjs')
  const { eachQuery } = await import('/tests/bench/nearest.mjs')
  const files = new Map(await Promise.all(names.map(async name => [name, await load(name)])))
  const { search } = await openSearch({ LibraryReader, searchVector }, { manifest: await load('manifest'), files })
  const asked = eachQuery(Float32Array.from(queries), dim)
  globalThis.bench = { time: () => queryTime(search, asked) }
}

async function measure({ library, vectors, asked, rows, dim, page, rounds }) {
  const node = await openInNode(library)
  const inCore = (await core()).newLibrary()
  setManifest(inCore, library.manifest, library.files)
  const native = await nativeScan({ vectors, dim, rows, candidates, k })
  try {
    const names = [...library.files.keys()]
    await page.evaluate(openInPage, { names, queries: Array.from(vectors.subarray(rows * dim)), dim })
    const times = await interleaved(rounds + 1, {
      native: () => native.milliseconds(),
      core: () => queryTime(query => searchExactly(inCore, vectors, query, k, candidates), asked),
      Node: () => queryTime(node.search, asked),
      Chromium: () => page.evaluate(() => globalThis.bench.time()),
    })
    const recall = await recallAgainst(vectors.subarray(0, rows * dim), asked.slice(0, 50), node.search)
    // Without the first round, in which engines compile what is hot.
    return { recall, times: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, all.slice(1)])) }
  } finally {
    native.remove()
    inCore.delete()
    await node.close()
  }
}

async function vectorsOf(rows) {
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const vectors = source.rows(0, rows + queries)
  const libraryWith = full =>
    syntheticLibrary({ rows, dim, vectorsOf: (first, count) => source.rows(first, count), space, full })
  return { dim, vectors, asked: eachQuery(vectors.subarray(rows * dim), dim), libraryWith }
}

/** Milliseconds of a query in each place, round by round, and recall. */
async function searchesOf(rows, { quick }) {
  const { dim, vectors, asked, libraryWith } = await vectorsOf(rows)
  const library = await libraryWith(true)
  const server = await serveLibrary(library)
  const profile = browserProfile()
  try {
    const measured = await profile.use(async context => {
      const page = await context.newPage()
      await page.goto(`${server.url}/bench`)
      return measure({ library, vectors, asked, rows, dim, page, rounds: quick ? 3 : 7 })
    })
    return { ...measured, name: `${rows.toLocaleString('en')} × ${dim}, exact` }
  } finally {
    server.close()
    profile.remove()
  }
}

async function int8Recall(rows) {
  const { dim, vectors, asked, libraryWith } = await vectorsOf(rows)
  const { search, close } = await openInNode(await libraryWith(false))
  try {
    return await recallAgainst(vectors.subarray(0, rows * dim), asked.slice(0, 50), search)
  } finally {
    await close()
  }
}

async function* tenThousand(options) {
  const rows = 10_000
  const { name, times, recall } = await searchesOf(rows, options)
  for (const place of ['Node', 'Chromium']) {
    const against = `natively ${median(times.native).toFixed(2)} ms; recall@${k} ${recall.toFixed(3)}`
    yield row(`${name}, the engine in ${place}: a query`, median(times[place]), 'ms', { goal: atMost(1), against })
  }
  yield row(`${name}, the engine: recall@${k}`, recall, '', { goal: atLeast(1) })
  yield row(`${name}, without float32: recall@${k}`, await int8Recall(rows), '')
}

async function* fiftyThousand(options) {
  const { name, times, recall } = await searchesOf(50_000, options)
  const places = {
    core: 'the core alone, float32 at hand',
    Node: 'the engine in Node',
    Chromium: 'the engine in Chromium',
  }
  for (const [place, what] of Object.entries(places)) {
    const ratio = median(times[place].map((time, round) => time / times.native[round]))
    const against = `natively ${median(times.native).toFixed(2)} ms, here ${median(times[place]).toFixed(2)} ms`
    yield row(`${name}, ${what}: time against native`, ratio, '×', { goal: atMost(2), against })
  }
  yield row(`${name}, the engine: recall@${k}`, recall, '', { goal: atLeast(1) })
}

export async function* exactSearch(options) {
  yield* tenThousand(options)
  yield* fiftyThousand(options)
}
