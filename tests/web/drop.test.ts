import { describe, expect, test } from 'vitest'
import { sourceFromDrop } from '../../dist/engine/source-page.js'
import { addAll, idsOf, openTiny } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'

const red = bmp([255, 0, 0])

interface Entry {
  name: string
  isFile: boolean
  isDirectory: boolean
}

/** Entries as a browser without directory handles drops them; Node has none. An error is what reading gives. */
function fileEntry(name: string, failure?: Error): Entry {
  const file = (resolve: (file: File) => void, reject: (error: Error) => void) =>
    failure ? reject(failure) : resolve(new File([red as Uint8Array<ArrayBuffer>], name, { lastModified: 1000 }))
  return Object.assign({ name, isFile: true, isDirectory: false }, { file })
}

function folderEntry(name: string, inside: Entry[] | Error): Entry {
  const createReader = () => {
    const portions = inside instanceof Error ? [] : [inside]
    const readEntries = (resolve: (entries: Entry[]) => void, reject: (error: Error) => void) =>
      inside instanceof Error ? reject(inside) : resolve(portions.shift() ?? [])
    return { readEntries }
  }
  return Object.assign({ name, isFile: false, isDirectory: true }, { createReader })
}

function drop(entry: Entry) {
  const item = { kind: 'file', webkitGetAsEntry: () => entry, getAsFile: () => null }
  return sourceFromDrop({ items: [item] } as unknown as DataTransfer)
}

describe('a dropped folder', () => {
  test('keeps the pictures of what cannot be read now', async () => {
    const library = await openTiny()
    const whole = folderEntry('photos', [
      fileEntry('a.bmp'),
      fileEntry('b.bmp'),
      folderEntry('sub', [fileEntry('c.bmp')]),
    ])
    for (const source of await drop(whole)) await addAll(library, source)
    const all = ['photos/a.bmp', 'photos/b.bmp', 'photos/sub/c.bmp']
    expect(await idsOf(library)).toEqual(all)
    const locked = new Error('permission denied')
    const [source] = await drop(
      folderEntry('photos', [fileEntry('a.bmp'), fileEntry('b.bmp', locked), folderEntry('sub', locked)]),
    )
    const { deleted, skipped } = await addAll(library, source!)
    expect(deleted).toBe(0)
    expect(skipped.map(({ path }) => path)).toEqual(['b.bmp', 'sub'])
    expect(await idsOf(library)).toEqual(all)
  })

  test('that cannot be read at all is an error, not an empty folder', async () => {
    await expect(drop(folderEntry('photos', new Error('permission denied')))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('photos'),
    })
  })
})
