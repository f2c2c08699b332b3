import { Library, memory } from 'picfind'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { bestRows, nearestInt8 } from '../../dist/engine/best-rows.js'
import { loadCore } from '../../dist/engine/core-loader.js'
import { PicfindError } from '../../dist/engine/errors.js'
import { FileCache } from '../../dist/engine/file-cache.js'
import { newestRows, rowOf } from '../../dist/engine/lookups.js'
import { nodePlatform } from '../../dist/engine/platform-node.js'
import { LibraryReader } from '../../dist/engine/reader.js'
import { readRecord, readThumbnail } from '../../dist/engine/records.js'
import { listNewest, searchLike, searchVector } from '../../dist/engine/search.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { LibraryWriter } from '../../dist/engine/writer.js'
import { addAll, openTiny, TestSource } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'
import { randomVectors, segmentRow } from './fixtures/segment-rows.ts'

const dim = 8
/** Enough for signs to be stored with them. */
const rows = 3000
const tiny = 1000
const { assets } = nodePlatform(undefined)

async function open(store: MemoryStore, memoryBudget?: number): Promise<LibraryReader> {
  const reader = new LibraryReader(await loadCore(assets), store, () => {}, { memoryBudget })
  onTestFinished(() => reader.close())
  await reader.refresh()
  return reader
}

/** The same library with all int8 vectors in memory and with their signs only. */
async function both({ full }: { full: boolean }) {
  const store = new MemoryStore()
  const whole = await open(store)
  const writer = await LibraryWriter.open(whole)
  const space = { id: 'test', sha256: 'a'.repeat(64) }
  await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full })
  const vectors = randomVectors(rows, dim)
  await writer.commit({ rows: vectors.map(segmentRow), deleteIds: [] })
  await writer.release()
  const small = await open(store, tiny)
  expect([whole.library.int8InMemory, small.library.int8InMemory]).toEqual([true, false])
  return { whole, small, vectors, queries: vectors.slice(0, 10) }
}

describe.each([{ full: true }, { full: false }])('a library under a memory budget, full vectors: $full', ({ full }) => {
  test('gives the best hits it gives without one', async () => {
    const { whole, small, queries } = await both({ full })
    for (const [n, query] of queries.entries())
      for (const ask of [
        (reader: LibraryReader) => searchVector(reader, query, 10, 0),
        (reader: LibraryReader) => searchVector(reader, query, 10, 0, 'int8'),
        (reader: LibraryReader) => searchVector(reader, query, 10, 3, 'full', { metric: 'l2' }),
        (reader: LibraryReader) => searchLike(reader, `test/0000${n}`, 10, 0),
      ]) {
        const [expected, found] = [await ask(whole), await ask(small)]
        expect(found.hits).toEqual(expected.hits)
        expect(found.rescored).toBe(expected.rescored)
        expect([expected.engine, found.engine]).toEqual(['exact', 'sign'])
      }
  })
})

test('only rows that look nearest by their signs are read', async () => {
  const { small, queries } = await both({ full: false })
  const found = await searchVector(small, queries[0]!, 5, 0, 'full', { numCandidates: 50 })
  expect(found.candidates).toBe(50)
  expect(found.hits[0]?.id).toBe('test/00000')
})

describe.each([{ full: true }, { full: false }])('files that no cache keeps, full vectors: $full', ({ full }) => {
  test('are verified once, and then no more than the wanted rows is read of them', async () => {
    const { small, queries } = await both({ full })
    const kept = vi.spyOn(FileCache.prototype, 'set').mockReturnValue()
    onTestFinished(() => kept.mockRestore())
    const search = (query: Float32Array) => small.read(library => bestRows(small, library, query, 5, {}))
    const expected = await search(queries[0]!)
    const whole = vi.spyOn(small.store, 'read')
    const parts = vi.spyOn(small.store as MemoryStore, 'readParts')
    expect(await search(queries[0]!)).toEqual(expected)
    expect(whole).not.toHaveBeenCalled()
    expect(parts).toHaveBeenCalled()
    expect(expected.rescored).toBe(full ? 'full' : 'int8')
  })
})

test('the signs have to do while the files of int8 vectors cannot be reached', async () => {
  const { small, vectors } = await both({ full: false })
  const query = vectors[0]!
  small.store.read = () => Promise.reject(new PicfindError('download', 'no network'))
  const found = await small.read(library => nearestInt8(small, library, query, 5, {}))
  expect(found.rescored).toBe('sign')
  expect(found.rows).toHaveLength(5)
  for (const row of found.rows) expect(vectors[row]!.map(Math.sign)).toEqual(query.map(Math.sign))
})

describe('what only looks records up', () => {
  const thumbnail = (n: number) => Uint8Array.of(0xff, 0xd8, n)

  async function withThumbnails() {
    const { whole, small, vectors } = await both({ full: false })
    const writer = await LibraryWriter.open(whole)
    const added = vectors
      .slice(0, 20)
      .map((vector, n) => ({ ...segmentRow(vector, rows + n), thumbnail: thumbnail(n) }))
    await writer.commit({ rows: added, deleteIds: ['test/00003'] })
    await writer.release()
    await small.refresh()
    return { whole, small }
  }

  test('is read from files: ids, thumbnails, records, what is newest', async () => {
    const { whole, small } = await withThumbnails()
    expect([whole.library.hasLookups, small.library.hasLookups]).toEqual([true, false])
    const find = (reader: LibraryReader, id: string) => reader.read(library => rowOf(reader, library, id))
    for (const n of [0, 1, 1500, rows - 1, rows, rows + 19]) {
      const id = `test/${String(n).padStart(5, '0')}`
      const row = await find(small, id)
      expect(row).toBe(await find(whole, id))
      const thumbnails = await Promise.all(
        [whole, small].map(reader => reader.read(library => readThumbnail(reader, library, row))),
      )
      expect(thumbnails).toEqual(n < rows ? [undefined, undefined] : [thumbnail(n - rows), thumbnail(n - rows)])
      const record = await small.read(library => readRecord(small, library, row))
      expect(record?.id).toBe(id)
    }
    for (const id of ['test/00003', 'test/none'])
      await expect(find(small, id)).rejects.toMatchObject({ code: 'not-found' })
    for (const [count, offset] of [
      [5, 0],
      [40, 10],
    ] as const)
      expect((await listNewest(small, count, offset)).hits).toEqual((await listNewest(whole, count, offset)).hits)
    const all = (reader: LibraryReader) => reader.read(library => newestRows(reader, library, 0, library.count))
    expect(await all(small)).toEqual(await all(whole))
    expect(small.library.hasLookups).toBe(false)
  })

  test('is asked of files for hits no more: where they are is known', async () => {
    const { small } = await withThumbnails()
    const { hits } = await searchLike(small, 'test/00007', 5, 0)
    const read = vi.spyOn(small.store as MemoryStore, 'readParts')
    for (const { id } of hits) await small.read(library => rowOf(small, library, id))
    expect(read).not.toHaveBeenCalled()
  })

  test('is in memory for as long as somebody holds it', async () => {
    const { small } = await withThumbnails()
    const [first, second] = [await small.holdLookups(), await small.holdLookups()]
    expect(small.library.rowOf('test/00007')).toBeGreaterThanOrEqual(0)
    first()
    expect(small.library.hasLookups).toBe(true)
    second()
    expect(small.library.hasLookups).toBe(false)
    expect(small.library.rowOf('test/00007')).toBe(-1)
  })

  test('is there for a writer, which merges and deletes, until it is done', async () => {
    const { small } = await withThumbnails()
    const before = small.library.count
    const writer = await LibraryWriter.open(small)
    await writer.commit({ rows: [], deleteIds: ['test/00010'] })
    await writer.purge()
    expect(small.library.hasLookups).toBe(true)
    await writer.release()
    expect(small.library.hasLookups).toBe(false)
    expect(small.library.count).toBe(before - 1)
    expect(small.manifest?.segments.some(({ deleted }) => deleted)).toBe(false)
  })

  test('takes its pictures out of the search where its file is lost once it is wanted', async () => {
    const { small } = await withThumbnails()
    const { file } = small.library.idKeys()[0]!
    const read = small.store.read.bind(small.store)
    small.store.read = async name => (name === file ? undefined : read(name))
    expect(small.library.count).toBe(rows + 19)
    await small.holdLookups()
    expect(small.library.count).toBe(20)
    expect(small.faults.join()).toContain(file)
  })
})

test('what needs every int8 vector is refused', async () => {
  const { small, queries } = await both({ full: true })
  for (const tuning of [{ metric: 'l1' }, { engine: 'exact' }] as const)
    await expect(searchVector(small, queries[0]!, 5, 0, 'full', tuning)).rejects.toMatchObject({ code: 'usage' })
})

test('words and more like this find the same under the option memoryBudget', async () => {
  const colours = { 'red.bmp': bmp([255, 0, 0]), 'green.bmp': bmp([0, 160, 0]), 'blue.bmp': bmp([0, 0, 255]) }
  const openWith = async (memoryBudget?: number): Promise<Library> => {
    const library = await openTiny({ memoryBudget })
    await addAll(library, new TestSource('colours', colours))
    return library
  }
  const [whole, small] = [await openWith(), await openWith(1)]
  for (const tower of ['instant', 'best'] as const)
    for (const query of ['red', { like: 'colours/blue.bmp' }]) {
      const [expected, found] = [await whole.search(query, { tower }), await small.search(query, { tower })]
      expect([...found]).toEqual([...expected])
      expect([expected.engine, found.engine]).toEqual(['exact', 'sign'])
    }
})

test('a memory budget that is no number of bytes is refused', async () => {
  for (const memoryBudget of [-1, Number.NaN])
    await expect(Library.open({ store: memory(), memoryBudget })).rejects.toMatchObject({ code: 'usage' })
})
