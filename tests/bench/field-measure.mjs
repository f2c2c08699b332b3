/** Vector libraries over the same vectors, each at the recall that is asked for. Runs in Node and in pages. */
import { interleaved, median, timeOf } from './measure.mjs'
import { eachQuery, nearest, recallOf } from './nearest.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const settings = { m: 16, efConstruction: 200 }
const k = 10
/** How many candidates a search may keep: the fewest that reach the recall are taken. */
const efs = [10, 16, 20, 24, 28, 32, 36, 40, 44, 48, 56, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512]

/** Sets the fewest candidates with which an index reaches the recall; returns them with the recall it has then. */
export async function tune(index, queries, right, goal) {
  const recall = () => recallOf(query => index.search(query, right[0].length), queries, right)
  if (!index.setEf) return { recall: await recall() }
  let best
  for (let low = 0, high = efs.length - 1; low <= high; ) {
    const middle = (low + high) >> 1
    await index.setEf(efs[middle])
    const reached = await recall()
    if (reached >= goal || middle === efs.length - 1) best = { ef: efs[middle], recall: reached }
    if (reached >= goal) high = middle - 1
    else low = middle + 1
  }
  await index.setEf(best.ef)
  return best
}

/**
 * names: files of contenders/. `builds` and `rounds`: how often each is built and asked all queries, in turns. `fixedEf`: for those that
 * cannot change it. Returns name → { build (seconds), query (milliseconds), recall, ef? }, or { failure } with its message.
 */
export async function measureField({ names, modules, rows, queries, recall, fixedEf, builds, rounds }) {
  const vectors = new Vectors(await readStatistics('clip-text'), 1)
  const library = vectors.rows(0, rows)
  const asked = eachQuery(vectors.rows(rows, queries), vectors.dim)
  const right = asked.map(query => nearest(library, query, k))
  const results = {}
  const indexes = {}
  const makers = {}
  for (const name of names) {
    const { contender } = await import(`./contenders/${name}.mjs`)
    const { build, prepare } = await contender.load(modules)
    const prepared = await prepare?.(library, vectors.dim)
    makers[name] = async () => {
      await indexes[name]?.close()
      const time = await timeOf(async () => {
        indexes[name] = await build(library, vectors.dim, { ...settings, ef: fixedEf }, prepared)
      })
      return time / 1000
    }
  }
  const times = await interleaved(builds, makers)
  const askers = {}
  for (const name of names) {
    results[name] = { build: median(times[name]), ...(await tune(indexes[name], asked, right, recall)) }
    askers[name] = async () => {
      const time = await timeOf(async () => {
        for (const query of asked) await indexes[name].search(query, k)
      })
      return time / asked.length
    }
  }
  await interleaved(1, askers)
  for (const [name, times] of Object.entries(await interleaved(rounds, askers))) results[name].query = median(times)
  for (const index of Object.values(indexes)) await index.close()
  return results
}
