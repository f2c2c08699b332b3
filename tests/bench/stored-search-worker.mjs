/** Opens a library of the browser's private file system and asks it all queries, in a worker as the engine does. */
import { LibraryReader } from '../../dist/engine/reader.js'
import { searchVector } from '../../dist/engine/search.js'
import { OpfsStore } from '../../dist/engine/store-opfs.js'
import { core } from './core.mjs'
import { timeOf } from './measure.mjs'
import { eachQuery } from './nearest.mjs'
import { rowOf } from './synthetic-library.mjs'

async function measure({ library, asked, dim, k, memoryBudget }) {
  const started = performance.now()
  const reader = new LibraryReader(await core(), new OpfsStore(library), () => {}, { memoryBudget })
  await reader.refresh()
  const queries = eachQuery(asked, dim)
  let engine
  const search = async query => {
    const found = await searchVector(reader, query, k, 0)
    engine = found.engine
    return found.hits.map(rowOf)
  }
  await search(queries[0])
  const opened = performance.now() - started
  const found = []
  for (const query of queries) found.push(await search(query))
  const times = []
  for (const query of queries) times.push(await timeOf(() => search(query)))
  await reader.close()
  return { opened, times, found, engine }
}

addEventListener('message', async ({ data }) => postMessage(await measure(data)))
