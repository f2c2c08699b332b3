import { readFileSync } from 'node:fs'
import type { Library } from 'picfind'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { addAll, openTiny, TestSource } from './fixtures/libraries.ts'

const width = 64
const height = 48

/** Red and blue halves under a white bar: no two of its corners and turns are alike. */
const pixels = Buffer.alloc(width * height * 3)
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) {
    const colour = y < 12 ? [240, 240, 240] : x < 32 ? [200, 40, 40] : [40, 40, 200]
    pixels.set(colour, 3 * (y * width + x))
  }
}
const picture = () => sharp(pixels, { raw: { width, height, channels: 3 } })
const heic = (name: string) => readFileSync(new URL(`../data/formats/${name}`, import.meta.url))

/** Indexes the files beside a PNG of the picture and one of the picture turned a quarter to the right. */
async function indexed(files: Record<string, Uint8Array>): Promise<Library> {
  const library = await openTiny()
  const source = new TestSource('formats', {
    'upright.png': await picture().png().toBuffer(),
    'turned.png': await picture().rotate(90).png().toBuffer(),
    ...files,
  })
  const { skipped } = await addAll(library, source)
  expect(skipped).toEqual([])
  return library
}

async function expectAlike(library: Library, name: string, model: 'upright' | 'turned', type: string): Promise<void> {
  const [w, h] = model === 'upright' ? [width, height] : [height, width]
  expect(await library.record(`formats/${name}`), name).toMatchObject({ type, width: w, height: h })
  const hits = await library.search({ like: `formats/${model}.png` })
  expect(hits.find(hit => hit.path === name)?.score, name).toBeGreaterThan(0.999)
}

/** A camera's file: a TIFF directory that says how to turn the picture, a small JPEG, sensor data, the preview. */
async function raw(orientation: number): Promise<Uint8Array> {
  const thumbnail = await picture().resize(16, 12).jpeg().toBuffer()
  const preview = await picture().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()
  const header = Buffer.alloc(26)
  header.write('II*\0', 'latin1')
  header.writeUInt32LE(8, 4)
  header.writeUInt16LE(1, 8)
  header.writeUInt16LE(274, 10)
  header.writeUInt16LE(3, 12)
  header.writeUInt32LE(1, 14)
  header.writeUInt16LE(orientation, 18)
  const sensor = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 97) % 251))
  return Buffer.concat([header, thumbnail, sensor, preview, sensor])
}

describe('beyond the core', () => {
  test('WebP and AVIF are read with sharp, turned as their Exif data say', async () => {
    const turnedBack = picture().rotate(-90)
    const library = await indexed({
      'a.webp': await picture().webp({ lossless: true }).toBuffer(),
      'turned.webp': await picture().webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer(),
      'upright.webp': await turnedBack.webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer(),
      'a.avif': await picture().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer(),
    })
    await expectAlike(library, 'a.webp', 'upright', 'image/webp')
    await expectAlike(library, 'turned.webp', 'turned', 'image/webp')
    await expectAlike(library, 'upright.webp', 'upright', 'image/webp')
    await expectAlike(library, 'a.avif', 'upright', 'image/avif')
  })

  test('a colour profile does not change the pixels', async () => {
    const library = await indexed({
      'profile.webp': await picture().webp({ lossless: true }).withIccProfile('p3', { attach: true }).toBuffer(),
      'stored.png': await sharp(
        await picture().webp({ lossless: true }).withIccProfile('p3', { attach: true }).toBuffer(),
        { ignoreIcc: true },
      )
        .png()
        .toBuffer(),
    })
    const hits = await library.search({ like: 'formats/stored.png' })
    expect(hits.find(hit => hit.path === 'profile.webp')?.score).toBeCloseTo(1, 6)
  })

  test('HEIC is read with libheif, turned once', async () => {
    const library = await indexed({ 'plain.heic': heic('plain.heic'), 'turned.heic': heic('turned.heic') })
    await expectAlike(library, 'plain.heic', 'upright', 'image/heic')
    await expectAlike(library, 'turned.heic', 'turned', 'image/heic')
  })

  test('TIFF is read with utif2, in its usual compressions and turned as it says', async () => {
    const library = await indexed({
      'none.tif': await picture().tiff({ compression: 'none' }).toBuffer(),
      'lzw.tiff': await picture().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer(),
      'deflate.tif': await picture().tiff({ compression: 'deflate' }).toBuffer(),
      'tiled.tif': await picture().tiff({ compression: 'lzw', tile: true, tileWidth: 32, tileHeight: 32 }).toBuffer(),
      'turned.tif': await picture().tiff({ compression: 'none' }).withMetadata({ orientation: 6 }).toBuffer(),
    })
    for (const name of ['none.tif', 'lzw.tiff', 'deflate.tif', 'tiled.tif']) {
      await expectAlike(library, name, 'upright', 'image/tiff')
    }
    await expectAlike(library, 'turned.tif', 'turned', 'image/tiff')
  })

  test('RAW files are read by their largest preview, turned as the camera says', async () => {
    const library = await indexed({ 'a.nef': await raw(1), 'turned.dng': await raw(6) })
    await expectAlike(library, 'a.nef', 'upright', 'image/x-nef')
    await expectAlike(library, 'turned.dng', 'turned', 'image/x-dng')
  })
})

describe('broken files', () => {
  test('of every format are skipped by name with a reason', async () => {
    const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)
    const files = {
      'half.avif': half(await picture().avif().toBuffer()),
      'half.heic': half(heic('plain.heic')),
      'half.tif': half(await picture().tiff({ compression: 'none' }).toBuffer()),
      'half.webp': half(await picture().webp({ lossless: true }).toBuffer()),
      'head.tif': Buffer.from('II*\0\xff\xff\xff\xff', 'latin1'),
      'sensor.cr2': Buffer.alloc(3000, 'II*\0'),
    }
    const library = await openTiny()
    const { skipped, indexed: done } = await addAll(library, new TestSource('broken', files))
    expect(done).toBe(0)
    expect(skipped.map(({ path }) => path).sort()).toEqual(Object.keys(files).sort())
    for (const { path, reason } of skipped)
      expect(reason, path).toMatch(/damaged|cut off|cannot be read|no JPEG preview/)
  })

  test('do not stop a decoder', async () => {
    const library = await openTiny()
    const source = new TestSource('mixed')
    for (let n = 0; n < 40; n++) source.put(`bad-${n}.heic`, heic('plain.heic').subarray(0, 100 + 10 * n), 1000)
    source.put('good.heic', heic('plain.heic'))
    expect(await addAll(library, source)).toMatchObject({ indexed: 1, phase: 'done' })
  })
})
