import { expect, onTestFinished, test } from 'vitest'
import { bestRows } from '../../dist/engine/best-rows.js'
import { loadCore } from '../../dist/engine/core-loader.js'
import { LibraryGraph } from '../../dist/engine/library-graph.js'
import { nodePlatform } from '../../dist/engine/platform-node.js'
import { LibraryReader } from '../../dist/engine/reader.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { LibraryWriter } from '../../dist/engine/writer.js'
import { randomVectors, segmentRow } from './fixtures/segment-rows.ts'

const dim = 8
const space = { id: 'test', sha256: 'a'.repeat(64) }
const { assets } = nodePlatform(undefined)
/** Large enough for a graph. */
const rows = 66_000
/** Few links are quick to find. */
const settings = { m: 4, efConstruction: 16 }

async function open(store: MemoryStore) {
  const reader = new LibraryReader(await loadCore(assets), store, () => {})
  onTestFinished(() => reader.close())
  await reader.refresh()
  return reader
}

async function largeLibrary() {
  const store = new MemoryStore()
  const reader = await open(store)
  const writer = await LibraryWriter.open(reader)
  await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: true })
  const all = randomVectors(rows, dim)
  await writer.commit({ rows: all.map(segmentRow), deleteIds: [] })
  return { store, reader, writer, vectors: all }
}

/** Builds to the end. */
async function build(graph: LibraryGraph, reader: LibraryReader): Promise<void> {
  graph.keepUp()
  while (reader.library.graphRows < rows) await new Promise(setImmediate)
  await graph.stop()
}

test('a large library gets a graph, which is published and found again, and answers as the exact scan does', async () => {
  const { store, reader, writer, vectors } = await largeLibrary()
  expect(reader.library.wantsGraph).toBe(true)
  await build(new LibraryGraph(reader, settings, builder => writer.publishGraph(builder)), reader)
  const again = await open(store)
  expect(again.library.graphRows).toBe(rows)
  let found = 0
  for (const query of vectors.slice(0, 20)) {
    const search = (engine: 'exact' | 'hnsw') =>
      again.read(library => bestRows(again, library, query, 10, { engine, numCandidates: 200 }))
    const [exact, graph] = [await search('exact'), await search('hnsw')]
    expect([exact.engine, graph.engine]).toEqual(['exact', 'hnsw'])
    const best = new Set(exact.rows)
    found += graph.rows.filter(row => best.has(row)).length
  }
  expect(found).toBeGreaterThan(180)
})

test('a search that is called off scans no further', async () => {
  const { reader, vectors } = await largeLibrary()
  const stop = new AbortController()
  const search = reader.read(library =>
    bestRows(reader, library, vectors[0]!, 10, { engine: 'exact', signal: stop.signal }),
  )
  stop.abort()
  await expect(search).rejects.toBe(stop.signal.reason)
})

test('a graph that cannot be published answers where it was built', async () => {
  const { store, reader } = await largeLibrary()
  const refused = () => Promise.reject(new Error('another tab is writing'))
  await build(new LibraryGraph(reader, settings, refused), reader)
  expect(reader.library.graphRows).toBe(rows)
  expect((await open(store)).library.graphRows).toBe(0)
})

test('building stands still while a query is answered', async () => {
  const { reader } = await largeLibrary()
  const graph = new LibraryGraph(reader, settings, () => Promise.reject(new Error('not published')))
  let answer = () => {}
  const query = graph.yieldTo(
    () =>
      new Promise<void>(done => {
        answer = done
      }),
  )
  graph.keepUp()
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect(reader.library.graphRows).toBe(0)
  answer()
  await query
  await build(graph, reader)
  expect(reader.library.graphRows).toBe(rows)
})
