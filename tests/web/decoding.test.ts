/** JPEGs decoded smaller against the same files decoded whole, through the command that shows what the model gets. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsonLines, picfind, starterPictures, temporaryFolder } from './picfind-process.ts'

interface InspectAnswer {
  width: number
  height: number
  decoding: string
  scale: number
  vector: number[]
}

const scratch = temporaryFolder()
afterAll(scratch.remove)
const photographs = readdirSync(starterPictures)
  .filter(name => name.endsWith('.jpg'))
  .map(name => join(starterPictures, name))

const side = 4
const tile = { width: 803, height: 601 }

/** A picture of 7.7 megapixels: sixteen photographs, none enlarged much, so that its finest detail is a camera's. */
async function collage(name: string, chosen: string[], orientation: number): Promise<string> {
  const tiles = chosen.map(async (photograph, i) => ({
    input: await sharp(photograph)
      .resize({ ...tile, fit: 'cover' })
      .toColourspace('srgb')
      .png()
      .toBuffer(),
    left: (i % side) * tile.width,
    top: Math.floor(i / side) * tile.height,
  }))
  const file = join(scratch.path, name)
  await sharp({ create: { width: side * tile.width, height: side * tile.height, channels: 3, background: 'white' } })
    .composite(await Promise.all(tiles))
    .withMetadata({ orientation })
    .jpeg({ quality: 85 })
    .toFile(file)
  return file
}

async function inspect(files: string[], decoding?: string): Promise<InspectAnswer[]> {
  const how = decoding === undefined ? [] : ['--decoding', decoding]
  return jsonLines((await picfind(['inspect', '--model', 'picfind-mini', ...how, '--image', ...files])).stdout)
}

const cosine = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)

describe('a large JPEG', () => {
  let exact: InspectAnswer[]
  let fine: InspectAnswer[]
  let fast: InspectAnswer[]

  beforeAll(async () => {
    const sixteen = (from: number) => photographs.slice(from, from + side * side)
    const files = [await collage('upright.jpg', sixteen(0), 1), await collage('turned.jpg', sixteen(side * side), 6)]
    exact = await inspect(files, 'exact')
    fine = await inspect(files)
    fast = await inspect(files, 'fast')
  })

  test('keeps its size as shown, however it is decoded', () => {
    const whole = { width: side * tile.width, height: side * tile.height }
    for (const answers of [exact, fine, fast]) {
      expect(answers).toMatchObject([whole, { width: whole.height, height: whole.width }])
    }
  })

  test('is decoded smaller unless asked otherwise, and its vector stays within 0.9995 of the exact one', () => {
    for (const [i, { decoding, scale, vector }] of fine.entries()) {
      expect({ decoding, scale }).toEqual({ decoding: 'fine', scale: 3 / 8 })
      expect(cosine(vector, exact[i]!.vector)).toBeGreaterThan(0.9995)
    }
  })

  test('is decoded smaller still where speed is asked for', () => {
    for (const [i, { scale, vector }] of fast.entries()) {
      expect(scale).toBe(2 / 8)
      expect(cosine(vector, exact[i]!.vector)).toBeGreaterThan(0.998)
    }
  })
})

test('a small JPEG is decoded whole', async () => {
  const [fine] = await inspect(photographs.slice(0, 1))
  const [exact] = await inspect(photographs.slice(0, 1), 'exact')
  expect(fine!.scale).toBe(1)
  expect(fine!.vector).toEqual(exact!.vector)
})
