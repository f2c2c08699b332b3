import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, sourceFromFolder } from 'picfind'
import { expect, test } from 'vitest'
import { addAll, openTiny, temporaryFolder } from './fixtures/libraries.ts'
import { bmp, numbered } from './fixtures/pictures.ts'

test('50,000 tiny files and one of 200 MB are indexed, and cost nothing the second time', async () => {
  const root = temporaryFolder()
  const pictures = join(root, 'pictures')
  const tiny = 50_000
  for (let n = 0; n < tiny; n++) {
    const inFolder = join(pictures, String(n % 100))
    if (n < 100) mkdirSync(inFolder, { recursive: true })
    writeFileSync(join(inFolder, `${n}.bmp`), numbered(n))
  }
  writeFileSync(join(pictures, 'large.bmp'), bmpOf200Megabytes())

  const library = await openTiny({ store: folder(join(root, 'library')) })
  const first = await addAll(library, sourceFromFolder(pictures))
  expect(first).toMatchObject({ phase: 'done', found: tiny + 1, indexed: tiny + 1, skipped: [] })
  expect(await library.record('pictures/large.bmp')).toMatchObject({ width: 8400, height: 8000 })
  const { pictures: count, bytes } = await library.info()
  expect(count).toBe(tiny + 1)
  expect(bytes).toBeLessThan(200_000_000)
  expect(await library.search('red', { k: 10 })).toHaveLength(10)

  const second = await addAll(library, sourceFromFolder(pictures))
  expect(second).toMatchObject({ phase: 'done', unchanged: tiny + 1, indexed: 0 })
}, 600_000)

function bmpOf200Megabytes(): Uint8Array {
  const [width, height] = [8400, 8000]
  const file = new Uint8Array(54 + 3 * width * height)
  file.set(bmp([0, 0, 0]).subarray(0, 54))
  const view = new DataView(file.buffer)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  return file
}
