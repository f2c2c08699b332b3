import { expect, onTestFinished, test } from 'vitest'
import { loadCore } from '../../dist/engine/core-loader.js'
import { PicfindError } from '../../dist/engine/errors.js'
import { nodePlatform } from '../../dist/engine/platform-node.js'
import { LibraryReader, type ReaderOptions } from '../../dist/engine/reader.js'
import { searchLike, searchVector } from '../../dist/engine/search.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { LibraryWriter } from '../../dist/engine/writer.js'
import { randomVectors, segmentRow } from './fixtures/segment-rows.ts'

const dim = 8
const rowsOfSegment = 1500
const vectors = randomVectors(3 * rowsOfSegment, dim)
const query = vectors[7]!
const { assets } = nodePlatform(undefined)

/** A store whose files of int8 vectors are not there before they are released. */
class SlowStore extends MemoryStore {
  readonly reads: string[] = []
  /** Of int8 vectors. */
  readonly vectors: string[] = []
  release = () => {}
  #released = Promise.resolve()

  hold(): void {
    this.#released = new Promise(release => {
      this.release = release
    })
  }

  override async read(name: string): Promise<Uint8Array | undefined> {
    this.reads.push(name)
    const bytes = await super.read(name)
    if (bytes && new TextDecoder().decode(bytes.subarray(0, 7)) === 'pf.int8') {
      this.vectors.push(name)
      await this.#released
    }
    return super.read(name)
  }
}

async function open(store: MemoryStore, options: ReaderOptions = {}, changed = () => {}): Promise<LibraryReader> {
  const reader = new LibraryReader(await loadCore(assets), store, changed, options)
  onTestFinished(() => reader.close())
  await reader.refresh()
  return reader
}

/** Three segments, each with signs, and a reader that has all of it. */
async function threeSegments() {
  const store = new SlowStore()
  const whole = await open(store)
  const writer = await LibraryWriter.open(whole)
  const space = { id: 'test', sha256: 'a'.repeat(64) }
  await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: false })
  for (let first = 0; first < vectors.length; first += rowsOfSegment) {
    const rows = vectors.slice(first, first + rowsOfSegment).map((vector, i) => segmentRow(vector, first + i))
    await writer.commit({ rows, deleteIds: [] })
  }
  await writer.release()
  store.reads.length = 0
  return { store, whole }
}

/** Opened by its signs, with its vectors waiting. */
async function openSigns() {
  const { store, whole } = await threeSegments()
  store.hold()
  let changes = 0
  const reader = await open(store, { signsFirstAbove: 4000 }, () => changes++)
  return { store, whole, reader, changes: () => changes }
}

test('signs answer before the vectors are there, then the vectors do', async () => {
  const { store, whole, reader, changes } = await openSigns()
  const early = await searchVector(reader, query, 10, 0)
  expect([early.rescored, early.engine]).toEqual(['sign', 'sign'])
  const nearest = await searchVector(whole, query, 450, 0)
  const tenth = new Set(nearest.hits.map(({ id }) => id))
  expect(early.hits.every(({ id }) => tenth.has(id))).toBe(true)

  const before = changes()
  store.release()
  await reader.whole()
  expect(changes()).toBeGreaterThan(before)
  expect(await searchVector(reader, query, 10, 0)).toEqual(await searchVector(whole, query, 10, 0))
})

test('each file is read once for both', async () => {
  const { store, reader } = await openSigns()
  store.release()
  await reader.whole()
  expect(store.reads.length).toBe(new Set(store.reads).size)
})

test('those of its vectors that are there are scored by what they are', async () => {
  const { store, whole, reader } = await openSigns()
  const scores = new Map((await searchVector(whole, query, vectors.length, 0)).hits.map(({ id, score }) => [id, score]))
  /** Of the hundred best, whose score is that of the whole library but for the rounding of the query. */
  const exact = async () => {
    const { hits } = await searchVector(reader, query, 100, 0)
    return hits.filter(({ id, score }) => Math.abs(score - scores.get(id)!) < 0.003).length
  }
  const guessed = await exact()
  // One of three files of vectors.
  const [name] = store.vectors
  reader.arriving!.provide(name!, (await MemoryStore.prototype.read.call(store, name!))!)
  const third = await exact()
  expect(third).toBeGreaterThan(guessed + 15)
  expect(third).toBeLessThan(70)
})

test('a library of fewer pictures, or of more than memory has room for, is loaded as ever', async () => {
  const { store } = await threeSegments()
  expect((await open(store, { signsFirstAbove: vectors.length })).arriving).toBeUndefined()
  const small = await open(store, { signsFirstAbove: 4000, memoryBudget: 1000 })
  expect([small.arriving, small.library.int8InMemory]).toEqual([undefined, false])
})

test('more like this is answered as soon as the vector it begins with is there', async () => {
  const { store, whole, reader } = await openSigns()
  const [first] = (await searchVector(whole, query, 1, 0)).hits
  const answer = searchLike(reader, first!.id, 5, 0)
  store.release()
  expect((await answer).hits).toHaveLength(5)
})

test('vectors that could not be fetched are fetched when all of them are asked for', async () => {
  const { store } = await threeSegments()
  const read = store.read.bind(store)
  store.read = async name => {
    const bytes = await read(name)
    if (store.vectors.includes(name)) throw new PicfindError('download', 'no network')
    return bytes
  }
  const reader = await open(store, { signsFirstAbove: 4000 })
  await expect(reader.whole()).rejects.toMatchObject({ code: 'download' })
  expect((await searchVector(reader, query, 10, 0)).rescored).toBe('sign')
  store.read = read
  await reader.whole()
  expect((await searchVector(reader, query, 10, 0)).rescored).toBe('int8')
})

test('a lost file takes its segment out of the search and is told of', async () => {
  const { store, reader } = await openSigns()
  const [lost] = store.vectors
  await store.clean(new Set(store.reads.filter(name => name !== lost)))
  store.release()
  await reader.whole()
  expect(reader.faults.join()).toContain(`${lost} of memory is missing`)
  expect(reader.library.count).toBe(vectors.length - rowsOfSegment)
})

test('a newer manifest that comes while vectors are on their way is loaded whole', async () => {
  const { store, whole, reader } = await openSigns()
  const writer = await LibraryWriter.open(whole)
  await writer.commit({ rows: [segmentRow(query, 9999)], deleteIds: ['test/00007'] })
  await writer.release()
  const refreshed = reader.refresh()
  store.release()
  await refreshed
  await reader.whole()
  const { hits, rescored } = await searchVector(reader, query, 1, 0)
  expect([hits[0]?.id, rescored]).toEqual(['test/09999', 'int8'])
})

test('a library can be closed while vectors are on their way', async () => {
  const { store } = await threeSegments()
  store.hold()
  const reader = new LibraryReader(await loadCore(assets), store, () => {}, { signsFirstAbove: 4000 })
  await reader.refresh()
  await reader.close()
  store.release()
  await expect(reader.whole()).resolves.toBeUndefined()
})
