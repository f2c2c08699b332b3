/** Loads a library from a server as full search of a site does and asks it all queries, in a worker as the engine does. */
import { LibraryReader } from '../../dist/engine/reader.js'
import { searchVector } from '../../dist/engine/search.js'
import { HttpStore } from '../../dist/engine/store-http.js'
import { core } from './core.mjs'
import { timeOf } from './measure.mjs'
import { eachQuery } from './nearest.mjs'

async function measure({ url, asked, dim, k, signsFirstAbove }) {
  const wasm = await core()
  const queries = eachQuery(asked, dim)
  const started = performance.now()
  const reader = new LibraryReader(wasm, new HttpStore(url), () => {}, { signsFirstAbove })
  await reader.refresh()
  const early = await searchVector(reader, queries[0], k, 0)
  const first = performance.now() - started
  await reader.whole()
  const whole = performance.now() - started
  const found = await searchVector(reader, queries[0], k, 0)
  // Once with the records of all hits to be fetched, which is the host's time.
  for (const query of queries) await searchVector(reader, query, k, 0)
  const times = []
  for (const query of queries) times.push(await timeOf(() => searchVector(reader, query, k, 0)))
  const agree = early.hits.filter(({ id }) => found.hits.some(hit => hit.id === id)).length / k
  await reader.close()
  return { first, whole, times, agree, rescored: [early.rescored, found.rescored], engine: found.engine }
}

addEventListener('message', async ({ data }) => postMessage(await measure(data)))
