/** Runs in Node and in a page: a library searched as the engine does it. */
import { core } from './core.mjs'
import { timeOf } from './measure.mjs'
import { nearest, recallOf } from './nearest.mjs'
import { rowOf } from './synthetic-library.mjs'

export const k = 10

/** A store of files in memory, as far as reading goes. */
function storeOf({ manifest, files }) {
  return {
    name: 'synthetic',
    readManifest: async () => manifest,
    read: async name => files.get(name),
    reading: work => work(),
    close: () => {},
  }
}

/** engine: { LibraryReader, searchVector }. `search(query)` gives rows. */
export async function openSearch({ LibraryReader, searchVector }, { manifest, files }) {
  const reader = new LibraryReader(await core(), storeOf({ manifest, files }), () => {})
  await reader.refresh()
  return {
    search: async query => (await searchVector(reader, query, k, 0)).hits.map(rowOf),
    close: () => reader.close(),
  }
}

/** Milliseconds a query. */
export async function queryTime(search, queries) {
  const time = await timeOf(async () => {
    for (const query of queries) await search(query)
  })
  return time / queries.length
}

export const recallAgainst = (vectors, queries, search) =>
  recallOf(
    search,
    queries,
    queries.map(query => nearest(vectors, query, k)),
  )
