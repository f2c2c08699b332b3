/** 100,000 × 512: a graph is built between queries, in one thread; what queries feel of it, and how quick they are afterwards. */
import { core } from './core.mjs'
import { searchGraph } from './core-search.mjs'
import { tune } from './field-measure.mjs'
import { median, quantile, timeOf } from './measure.mjs'
import { eachQuery, nearest } from './nearest.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { must, setManifest, syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const k = 10
const queries = 200
/** Milliseconds from one query to the next: quicker than anyone types while the graph is built. */
const pause = 30
/** Rows added in a slice: a millisecond's work, as in the engine. */
const slice = 2
/** Queries of a turn, with the graph left alone and with it being built. */
const turns = { idle: 10, busy: 30 }
const settings = { m: 16, efConstruction: 200 }
const space = { id: 'synthetic', sha256: '0'.repeat(64) }

/** Milliseconds from when each of `count` queries was due to its answer, with `work` done meanwhile until it returns false. */
function latencies(library, queries, count, work) {
  const times = []
  const started = performance.now()
  let busy = true
  for (let i = 0; i < count && busy; i++) {
    const due = started + i * pause
    while (performance.now() < due) busy &&= work()
    must(library.candidates('picture', queries[i % queries.length], 4 * k))
    times.push(performance.now() - due)
  }
  return times
}

export async function* backgroundGraph({ quick }) {
  const rows = quick ? 66_000 : 100_000
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const vectors = source.rows(0, rows)
  const asked = eachQuery(source.rows(rows, queries), dim)
  const vectorsOf = (first, count) => vectors.subarray(first * dim, (first + count) * dim)
  const { manifest, files } = await syntheticLibrary({ rows, dim, vectorsOf, space, full: false })
  const library = (await core()).newLibrary()
  setManifest(library, manifest, files)
  const builder = must(library.startGraph(settings))
  try {
    const idle = []
    const busy = []
    let building = 0
    let done = false
    const build = () => {
      const started = performance.now()
      done = must(builder.step(slice)).done
      building += performance.now() - started
      return !done
    }
    latencies(library, asked, turns.idle, () => true)
    while (!done) {
      idle.push(...latencies(library, asked, turns.idle, () => true))
      busy.push(...latencies(library, asked, turns.busy, build))
    }
    must(library.useGraph(builder))
    const name = `${rows.toLocaleString('en')} × ${dim}`
    yield row(`${name}: graph built between queries, one thread`, building / 1000, 's', { goal: atMost(60) })
    const [calm, felt] = [quantile(idle, 0.95), quantile(busy, 0.95)]
    const against = `idle ${calm.toFixed(2)} ms, meanwhile ${felt.toFixed(2)} ms; ${busy.length} queries`
    yield row(`${name}: a query meanwhile, p95 against idle`, felt / calm, '×', { goal: atMost(1.5), against })

    const right = asked.map(query => nearest(vectors, query, k))
    let numCandidates
    const search = (query, k) => searchGraph(library, vectors, query, k, numCandidates)
    const setEf = ef => {
      numCandidates = ef
    }
    const { ef, recall } = await tune({ search, setEf }, asked, right, 0.98)
    const times = []
    for (const query of asked) times.push(await timeOf(() => search(query, k)))
    const found = `recall ${recall.toFixed(3)} (ef ${ef})`
    yield row(`${name}: a query by the graph`, median(times), 'ms', { goal: atMost(0.4), against: found })
    yield row(`${name}: recall@10 of these`, recall, '', { goal: atLeast(0.98) })
  } finally {
    builder.delete()
    library.delete()
  }
}
