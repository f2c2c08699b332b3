import { expect, onTestFinished, test } from 'vitest'
import { bestRows } from '../../dist/engine/best-rows.js'
import { expectValue, loadCore } from '../../dist/engine/core-loader.js'
import { nodePlatform } from '../../dist/engine/platform-node.js'
import { LibraryReader } from '../../dist/engine/reader.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { LibraryWriter } from '../../dist/engine/writer.js'
import { randomVectors, segmentRow } from './fixtures/segment-rows.ts'

const dim = 8
const space = { id: 'test', sha256: 'a'.repeat(64) }
const { assets } = nodePlatform(undefined)
/** Enough for a graph, also when a tenth has gone. */
const rows = 74_000
/** Few links are quick to find. */
const settings = { m: 4, efConstruction: 16 }
const vectors = randomVectors(rows + 20, dim)
const queries = vectors.slice(rows)
const idOf = (row: number) => segmentRow(vectors[row]!, row).id

async function open(store: MemoryStore): Promise<LibraryReader> {
  const reader = new LibraryReader(await loadCore(assets), store, () => {})
  onTestFinished(() => reader.close())
  await reader.refresh()
  return reader
}

async function build(reader: LibraryReader, writer: LibraryWriter): Promise<void> {
  const builder = expectValue(reader.library.startGraph(settings), 'test')
  while (!expectValue(builder.step(10_000), 'test').done);
  await writer.publishGraph(builder)
  builder.delete()
}

/** Those of `rows` that are the ten nearest by all their dot products. */
function nearest(query: Float32Array, rows: number[]): number[] {
  const scores = new Float32Array(vectors.length)
  for (const row of rows) scores[row] = vectors[row]!.reduce((sum, x, i) => sum + x * query[i]!, 0)
  const least = Float32Array.from(rows, row => scores[row]!)
    .sort()
    .at(-10)!
  return rows.filter(row => scores[row]! >= least)
}

/** How many of the ten nearest of `rows` the graph finds. */
async function recall(reader: LibraryReader, rows: number[]): Promise<number> {
  let found = 0
  for (const query of queries) {
    const best = await reader.read(library =>
      bestRows(reader, library, query, 10, { engine: 'hnsw', numCandidates: 200 }),
    )
    expect(best.engine).toBe('hnsw')
    for (const row of nearest(query, rows)) if (best.rows.includes(reader.library.rowOf(idOf(row)))) found++
  }
  return found / (10 * queries.length)
}

test('deleting pictures of a large library leaves its graph, until a tenth of them has gone', async () => {
  const store = new MemoryStore()
  const reader = await open(store)
  const writer = await LibraryWriter.open(reader)
  await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: false })
  await writer.commit({ rows: vectors.slice(0, rows).map(segmentRow), deleteIds: [] })
  await build(reader, writer)
  let kept = Array.from({ length: rows }, (_, row) => row)
  const before = await recall(reader, kept)
  const remove = async (isGone: (row: number) => boolean) => {
    await writer.commit({ rows: [], deleteIds: kept.filter(isGone).map(idOf) })
    await writer.purge()
    kept = kept.filter(row => !isGone(row))
    expect(reader.manifest?.segments.some(({ deleted }) => deleted)).toBe(false)
    expect(reader.library.graphRows).toBe(kept.length)
  }
  await remove(row => row === 7)
  expect(reader.library.wantsGraph).toBe(false)
  await remove(row => row % 12 === 0)
  expect(reader.library.wantsGraph).toBe(false)
  expect(await recall(reader, kept)).toBeGreaterThan(before - 0.02)
  const again = await open(store)
  expect(again.library.graphRows).toBe(kept.length)
  await remove(row => row % 40 === 1)
  expect(reader.library.wantsGraph).toBe(true)
  expect(await recall(reader, kept)).toBeGreaterThan(before - 0.03)
  await build(reader, writer)
  expect(reader.library.graphRows).toBe(kept.length)
  expect(reader.library.wantsGraph).toBe(false)
  expect(await recall(reader, kept)).toBeGreaterThan(before - 0.01)
})
