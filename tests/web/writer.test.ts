import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SegmentRow } from '../../dist/engine/core.js'
import { loadCore } from '../../dist/engine/core-loader.js'
import { nodePlatform } from '../../dist/engine/platform-node.js'
import { LibraryReader } from '../../dist/engine/reader.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { LibraryWriter } from '../../dist/engine/writer.js'

const dim = 8
const space = { id: 'test', sha256: 'a'.repeat(64) }

/** Notes every name that is written, and gives what a test has put in the place of a file. */
class WatchedStore extends MemoryStore {
  written: string[] = []
  readonly damaged = new Set<string>()

  override async write(name: string, bytes: Uint8Array): Promise<void> {
    this.written.push(name)
    await super.write(name, bytes)
  }

  override async read(name: string): Promise<Uint8Array | undefined> {
    return this.damaged.has(name) ? Uint8Array.of(1) : super.read(name)
  }
}

async function newLibrary() {
  const store = new WatchedStore()
  const reader = new LibraryReader(await loadCore(nodePlatform(undefined).assets), store, () => {})
  const writer = await LibraryWriter.open(reader)
  await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: true })
  return { store, reader, writer }
}

function row(id: string): SegmentRow {
  const record = JSON.stringify({ id, source: 'test', path: id })
  const sha256 = createHash('sha256').update(id).digest('hex')
  const vector = Float32Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : 0))
  return { id, record, vector, thumbnail: Uint8Array.of(1), sha256, size: 1, modified: 0 }
}

describe('a commit', () => {
  test('writes each file once, also when two segments lose the same records', async () => {
    const { store, writer } = await newLibrary()
    await writer.commit({ rows: [row('a'), row('b')], deleteIds: [] })
    await writer.commit({ rows: [row('c'), row('d')], deleteIds: [] })
    store.written = []
    await writer.commit({ rows: [], deleteIds: ['a', 'c'] })
    expect(store.written).toHaveLength(1)
  })

  test('is not held up by a damaged file of a segment that would be merged, and names it', async () => {
    const { store, reader, writer } = await newLibrary()
    await writer.commit({ rows: [row('0')], deleteIds: [] })
    const { file } = reader.library.recordPlace(0)
    store.damaged.add(file)
    for (let n = 1; n < 20; n++) await writer.commit({ rows: [row(String(n))], deleteIds: [] })
    expect(reader.faults).toEqual([expect.stringContaining(file)])
    expect(reader.library.count).toBe(20)
    expect(reader.manifest?.segments.length).toBeLessThan(10)
  })

  test('a damaged segment does not keep the others from being purged', async () => {
    const { store, reader, writer } = await newLibrary()
    await writer.commit({ rows: [row('a'), row('b')], deleteIds: [] })
    store.damaged.add(reader.library.recordPlace(0).file)
    await writer.commit({ rows: [row('c'), row('d')], deleteIds: [] })
    await writer.commit({ rows: [], deleteIds: ['a', 'c'] })
    await writer.purge()
    expect(reader.manifest?.segments.map(({ deleted }) => deleted !== undefined).sort()).toEqual([false, true])
  })
})
