import { expect, test } from 'vitest'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { addAll, idsOf, openTiny, TestSource } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'

/** A module whose only function ends in a trap. */
const trap = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[10, 5, 1, 3, 0, 0, 0x0b],
])

/** Stands in for a trap of the core itself, which nothing here is known to bring about: the next access to the store runs into one. */
class TrappingStore extends MemoryStore {
  trapped = true

  override async read(name: string): Promise<Uint8Array | undefined> {
    this.#runInto()
    return super.read(name)
  }

  override async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#runInto()
    return super.write(name, bytes)
  }

  #runInto(): void {
    if (this.trapped) return
    this.trapped = true
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(trap))
    ;(exports.f as () => void)()
  }
}

async function libraryOf(store: TrappingStore) {
  const library = await openTiny({ store })
  await addAll(library, new TestSource('first', { 'red.bmp': bmp([255, 0, 0]), 'blue.bmp': bmp([0, 0, 255]) }))
  return library
}

test('a core that breaks down in a search is said to have, and the next search is answered by another', async () => {
  const store = new TrappingStore()
  const library = await libraryOf(store)
  store.trapped = false
  await expect(library.search('red')).rejects.toMatchObject({ code: 'core-lost' })
  const [best] = await library.search('red')
  expect(best?.id).toBe('first/red.bmp')
})

test('a core that breaks down while it writes leaves the library as it was, and indexing goes on', async () => {
  const store = new TrappingStore()
  const library = await libraryOf(store)
  const more = new TestSource('second', { 'green.bmp': bmp([0, 160, 0]) })
  store.trapped = false
  await expect(addAll(library, more)).rejects.toMatchObject({ code: 'core-lost' })
  expect(await idsOf(library)).toEqual(['first/blue.bmp', 'first/red.bmp'])
  await addAll(library, more)
  expect(await idsOf(library)).toEqual(['first/blue.bmp', 'first/red.bmp', 'second/green.bmp'])
})
