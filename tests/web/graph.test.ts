import { expect, test } from 'vitest'
import type { CoreError, CoreLibrary } from '../../dist/engine/core.js'
import { loadCore } from '../../dist/engine/core-loader.js'
import { random } from './fixtures/random.ts'

const core = await loadCore({ core: new URL('../../dist/core/', import.meta.url).href, models: '' })
const dim = 32
const rows = 1500
const settings = { m: 8, efConstruction: 60 }
const files = new Map<string, Uint8Array>()

function must<T>(result: T | CoreError): T {
  expect(result).not.toHaveProperty('error')
  return result as T
}

function unitVectors(seed: number): () => Float32Array {
  const next = random(seed)
  return () => {
    const vector = Float32Array.from({ length: dim }, () => next() - 0.5)
    const length = Math.hypot(...vector)
    return vector.map(value => value / length)
  }
}

/** Gives a library what it is missing, as a reader does that has verified it. */
function load(library: CoreLibrary, manifest: Uint8Array): void {
  expect(library.setManifest(manifest, '')).toBeNull()
  for (let missing = library.missing(); missing.length > 0; missing = library.missing()) {
    for (const name of missing) {
      const bytes = files.get(name)!
      library.buffer(name, bytes.length).set(bytes)
      expect(library.provideVerified(name)).toBeNull()
    }
  }
}

function makeLibrary(): CoreLibrary {
  const library = core.newLibrary()
  const keep = (made: { name: string; bytes: Uint8Array }[]) => {
    for (const { name, bytes } of made) files.set(name, bytes)
  }
  const space = { id: 'test', sha256: 'a'.repeat(64) }
  const first = core.firstManifest({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: false })
  keep(first.files)
  load(library, first.manifest)
  const builder = library.segmentBuilder()
  const nextVector = unitVectors(1)
  for (let row = 0; row < rows; row++) {
    const id = `source/${row}.jpg`
    const sha256 = core.sha256(new TextEncoder().encode(id))
    const file = { sha256, size: 1, modified: row, thumbnail: new Uint8Array() }
    expect(builder.add({ id, record: '{}', vector: nextVector(), ...file })).toBeNull()
  }
  const segment = must(builder.finish())
  builder.delete()
  keep(segment.files)
  for (const { name, bytes } of segment.files) expect(library.provide(name, bytes)).toBeNull()
  const change = { add: [segment.descriptor], remove: [], deleteIds: [], sources: [{ name: 'source' }] }
  load(library, must(library.nextManifest(change)).manifest)
  return library
}

function search(library: CoreLibrary, query: Float32Array, engine: 'exact' | 'hnsw') {
  const running = must(library.beginSearch('picture', query, { count: 10, engine, numCandidates: 48 }))
  while (!running.step(100));
  const found = running.take()
  running.delete()
  return found
}

test('a graph is built in slices, answers at once, is published and read again', () => {
  const library = makeLibrary()
  expect(library.wantsGraph).toBe(false)
  expect(library.beginSearch('picture', unitVectors(2)(), { count: 1, engine: 'hnsw' })).toMatchObject({
    error: { code: 'not-found' },
  })
  const builder = must(library.startGraph(settings))
  const steps = [must(builder.step(1000)), must(builder.step(1000))]
  expect(steps).toEqual([
    { done: false, rows: 1000, of: rows },
    { done: true, rows, of: rows },
  ])
  const { files: pieces, entry } = must(builder.finish())
  expect(pieces.map(({ bytes }) => core.sha256(bytes))).toEqual(entry.files)
  expect(library.isStale(builder)).toBe(false)
  expect(library.useGraph(builder)).toBeNull()
  builder.delete()
  expect(library.graphRows).toBe(rows)
  for (const { name, bytes } of pieces) files.set(name, bytes)
  const change = { add: [], remove: [], deleteIds: [], sources: [], graph: entry }
  const { manifest } = must(library.nextManifest(change))
  const reader = core.newLibrary()
  load(reader, manifest)
  expect(reader.files().map(({ name }) => name)).toEqual(expect.arrayContaining(entry.files))
  let common = 0
  const nextVector = unitVectors(3)
  for (let n = 0; n < 50; n++) {
    const query = nextVector()
    const exact = search(reader, query, 'exact')
    const found = search(reader, query, 'hnsw')
    expect(exact).toMatchObject({ engine: 'exact', candidates: rows })
    expect(found.engine).toBe('hnsw')
    expect(found.candidates).toBeLessThan(rows)
    expect(found).toEqual(search(library, query, 'hnsw'))
    common += exact.rows.filter(row => found.rows.includes(row)).length
  }
  expect(common / 500, 'vectors at random are the hardest').toBeGreaterThan(0.9)
  library.delete()
  reader.delete()
})

test('10,000 searches, given up halfway or not, leave the wasm heap where it was, and so does a library with its graph', () => {
  const empty = core.heapInUse()
  const library = makeLibrary()
  const builder = must(library.startGraph(settings))
  must(builder.step(rows))
  expect(library.useGraph(builder)).toBeNull()
  builder.delete()
  const nextVector = unitVectors(4)
  const searchTwice = () => {
    search(library, nextVector(), 'exact')
    search(library, nextVector(), 'hnsw')
    const givenUp = must(library.beginSearch('picture', nextVector(), { count: 10, engine: 'exact' }))
    givenUp.step(100)
    givenUp.delete()
  }
  for (let n = 0; n < 10; n++) searchTwice()
  const before = core.heapInUse()
  for (let n = 0; n < 3334; n++) searchTwice()
  expect(core.heapInUse()).toBe(before)
  library.delete()
  expect(core.heapInUse()).toBe(empty)
})

test('bytes that are not what the manifest says are refused by name, verified or not', () => {
  const library = makeLibrary()
  const reader = core.newLibrary()
  expect(reader.setManifest(new TextEncoder().encode(library.manifest()), '')).toBeNull()
  const [name] = reader.missing()
  reader.buffer(name!, 100).fill(7)
  expect(reader.provideVerified(name!)).toMatchObject({ error: { code: 'corrupt' } })
  expect(reader.provideVerified(name!)).toMatchObject({ error: { code: 'usage' } })
  library.delete()
  reader.delete()
})
