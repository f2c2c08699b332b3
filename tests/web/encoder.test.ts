import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Encoder, openEncoder } from '../../dist/engine/encoder.js'
import { memoryCache } from '../../dist/engine/model-cache.js'
import { folderReader } from '../../dist/engine/model-cache-node.js'
import { openModelFiles } from '../../dist/engine/model-files.js'
import { parseManifest } from '../../dist/engine/models.js'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const tinyFolder = path('../data/tiny-model')

interface Goldens {
  pictures: Record<string, number[]>
  texts: Record<string, Record<string, number[]>>
  seededClip: Record<string, number[]>
}
const goldens: Goldens = JSON.parse(readFileSync(path('../data/vectors.json'), 'utf8'))

/** Opens the model in `folder`; its downloads are looked for in `downloads`. */
function open(folder: string, downloads = folder): Promise<Encoder> {
  const manifest = parseManifest(readFileSync(join(folder, 'model.json'), 'utf8'), folder)
  const files = openModelFiles(manifest, {
    local: folderReader(folder),
    beside: folderReader(downloads),
    cache: memoryCache(),
    sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
    fetch: () => Promise.reject(new Error('no network in this test')),
  })
  return openEncoder(manifest, files, { threads: 1 })
}

async function openHere(folder: string, downloads?: string): Promise<Encoder> {
  const encoder = await open(folder, downloads)
  onTestFinished(() => encoder.close())
  return encoder
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-encoder-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The same formula as in tests/data/make_vector_goldens.py. */
function tensor(kind: string, size: number): Float32Array {
  const values = new Float32Array(3 * size * size)
  for (let c = 0, i = 0; c < 3; c++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        const slope = (x * (c + 1) + y * 2) % 512
        const value =
          kind === 'noise'
            ? (x * 73 + y * 151 + c * 199 + x * y * 31) % 256
            : kind === 'slope'
              ? Math.min(slope, 511 - slope)
              : 80 + 60 * c
        values[i] = value / 127.5 - 1
      }
    }
  }
  return values
}

function filled(rgb: [number, number, number], size: number): Float32Array {
  return Float32Array.from(
    { length: 3 * size * size },
    (_, i) => ((rgb[Math.floor(i / (size * size))] ?? 0) / 255 - 0.5) / 0.5,
  )
}

function cosine(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number {
  if (!a || !b) return Number.NaN
  let dot = 0
  let aa = 0
  let bb = 0
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    dot += (a[i] ?? 0) * (b[i] ?? 0)
    aa += (a[i] ?? 0) ** 2
    bb += (b[i] ?? 0) ** 2
  }
  return dot / Math.sqrt(aa * bb)
}

function blend(...parts: [number, number[] | undefined][]): number[] {
  return Array.from({ length: 256 }, (_, i) =>
    parts.reduce((sum, [weight, vector]) => sum + weight * (vector?.[i] ?? 0), 0),
  )
}

describe('with picfind-mini', () => {
  let mini: Encoder
  beforeAll(async () => {
    mini = await open(path('../../models/picfind-mini'))
  })
  afterAll(() => mini.close())

  test.each(Object.keys(goldens.pictures))('a picture (%s) gets the vector of a reference run', async kind => {
    const [vector] = await mini.encodePictures([tensor(kind, mini.preprocess.size)])
    expect(cosine(vector, goldens.pictures[kind])).toBeGreaterThanOrEqual(0.9999)
  })

  test('every vector has the length 1', async () => {
    const vectors = await mini.encodePictures([filled([255, 0, 0], 224), filled([0, 0, 0], 224)])
    const { vector } = await mini.encodeText('an old ship', 'best')
    for (const one of [...vectors, vector]) expect(Math.hypot(...(one ?? []))).toBeCloseTo(1, 6)
  })

  test('plain English is answered by MiniLM alone, and at once by both tables', async () => {
    for (const text of ['a dog on a beach', 'red apple', 'mushroom', 'an old wooden sailing ship, seen from above']) {
      const golden = goldens.texts[text]
      const best = await mini.encodeText(text, 'best')
      expect([text, best.tower]).toEqual([text, 'minilm'])
      expect(cosine(best.vector, golden?.minilm)).toBeGreaterThanOrEqual(0.9999)
      const instant = await mini.encodeText(text, 'instant')
      expect(instant.tower).toBe('words-en+words-multi')
      const tables = blend([1, golden?.['words-en']], [1, golden?.['words-multi']])
      expect(cosine(instant.vector, tables)).toBeGreaterThanOrEqual(0.9999)
    }
  })

  test('another language in Latin script is answered mostly by the table of many languages', async () => {
    for (const text of ['ein roter Apfel', 'Crème brûlée']) {
      const golden = goldens.texts[text]
      const { vector, tower } = await mini.encodeText(text, 'best')
      expect([text, tower]).toEqual([text, 'minilm+words-multi'])
      const expected = blend([0.3, golden?.minilm], [1, golden?.['words-multi']])
      expect(cosine(vector, expected)).toBeGreaterThanOrEqual(0.9999)
    }
  })

  test('another script is answered by the table of many languages alone', async () => {
    for (const text of ['红苹果', 'кошка']) {
      for (const tower of ['instant', 'best'] as const) {
        const answer = await mini.encodeText(text, tower)
        expect(answer.tower).toBe('words-multi')
        expect(cosine(answer.vector, goldens.texts[text]?.['words-multi'])).toBeGreaterThanOrEqual(0.9999)
      }
    }
  })

  test('a text without a known token has no vector and no tower', async () => {
    for (const text of ['', '   ', '\u200b']) {
      expect(await mini.encodeText(text, 'instant')).toEqual({ vector: undefined, tower: '' })
      expect(await mini.encodeText(text, 'best')).toEqual({ vector: undefined, tower: '' })
    }
  })

  test('capital letters and punctuation change nothing in the tables', async () => {
    const plain = await mini.encodeText('red apple', 'instant')
    const shouted = await mini.encodeText('RED, apple!', 'instant')
    expect(cosine(plain.vector, shouted.vector)).toBeCloseTo(1, 6)
  })
})

describe('with the tiny model', () => {
  test('words find the pictures of their colour, by table and by graph', async () => {
    const tiny = await openHere(tinyFolder)
    const colours = { red: [255, 0, 0], blue: [0, 0, 255], yellow: [255, 255, 0], black: [0, 0, 0] } as const
    const names = Object.keys(colours)
    const pictures = await tiny.encodePictures(Object.values(colours).map(([r, g, b]) => filled([r, g, b], 32)))
    for (const tower of ['instant', 'best'] as const) {
      for (const [i, name] of names.entries()) {
        const { vector } = await tiny.encodeText(name, tower)
        const scores = pictures.map(picture => cosine(picture, vector))
        expect([tower, name, scores.indexOf(Math.max(...scores))]).toEqual([tower, name, i])
      }
    }
  })

  test('an encoder that was closed can be used again', async () => {
    const tiny = await openHere(tinyFolder)
    const before = await tiny.encodeText('red', 'best')
    await tiny.close()
    expect(await tiny.encodeText('red', 'best')).toEqual(before)
  })

  test('a tensor of another size is refused', async () => {
    const tiny = await openHere(tinyFolder)
    await expect(tiny.encodePictures([new Float32Array(10)])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('expected 3 · 32 · 32 floats, found 10'),
    })
  })

  test('a picture of numbers that are none is refused', async () => {
    const tiny = await openHere(tinyFolder)
    const broken = new Float32Array(3 * 32 * 32).fill(Number.NaN)
    await expect(tiny.encodePictures([broken])).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('pictures of a model whose hash nobody publishes are in the same space', async () => {
    const folder = temporaryFolder()
    cpSync(tinyFolder, folder, { recursive: true })
    const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'))
    manifest.towers.picture.file = { path: 'vision.onnx', bytes: null, sha256: null }
    writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest))
    expect((await openHere(folder)).space).toEqual((await openHere(tinyFolder)).space)
  })

  test('a damaged graph, table or tokenizer is refused by name', async () => {
    for (const [name, tower] of [
      ['vision.onnx', 'picture'],
      ['text.onnx', 'best'],
      ['words.bin', 'instant'],
      ['tokenizer.json', 'instant'],
    ] as const) {
      const folder = temporaryFolder()
      cpSync(tinyFolder, folder, { recursive: true })
      const text = readFileSync(join(folder, 'model.json'), 'utf8')
      writeFileSync(join(folder, 'model.json'), text.replace(/"(bytes|sha256)": [^,\n}]+/g, '"$1": null'))
      writeFileSync(join(folder, name), 'not what it should be')
      const tiny = await openHere(folder)
      const use = tower === 'picture' ? tiny.encodePictures([filled([0, 0, 0], 32)]) : tiny.encodeText('red', tower)
      await expect(use).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(name) })
    }
  })

  test('a manifest that names other inputs than the graph has is told so', async () => {
    const folder = temporaryFolder()
    cpSync(tinyFolder, folder, { recursive: true })
    const text = readFileSync(join(folder, 'model.json'), 'utf8')
    writeFileSync(join(folder, 'model.json'), text.replace('"pixel_values"', '"pixels"'))
    const tiny = await openHere(folder)
    await expect(tiny.encodePictures([filled([0, 0, 0], 32)])).rejects.toThrow(
      'the manifest names pixels, the graph has pixel_values → image_embeds',
    )
  })
})

describe('with seeded towers of the form of CLIP ViT-B/32', () => {
  let clip: Encoder
  let folder: string
  beforeAll(async () => {
    const { writeSeededClip } = await import('../data/seeded-clip.mjs')
    folder = mkdtempSync(join(tmpdir(), 'picfind-clip-'))
    writeSeededClip(folder)
    const manifest = JSON.parse(readFileSync(path('../../models/clip-vit-b-32/model.json'), 'utf8'))
    for (const file of [manifest.towers.picture.file, manifest.towers.text[0].file]) {
      file.bytes = null
      file.sha256 = null
    }
    manifest.towers.text[0].tokenizer.path = 'tokenizer.json'
    writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest))
    cpSync(path('../../models/clip/tokenizer.json'), join(folder, 'tokenizer.json'))
    clip = await open(folder)
  })
  afterAll(async () => {
    await clip.close()
    rmSync(folder, { recursive: true })
  })

  test('a picture gets the vector of a reference run, scaled to length 1', async () => {
    const [vector] = await clip.encodePictures([tensor('noise', 224)])
    expect(cosine(vector, goldens.seededClip.noise)).toBeGreaterThanOrEqual(0.9999)
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 6)
  })

  test('texts short and too long get the vectors of a reference run', async () => {
    for (const [text, golden] of Object.entries(goldens.seededClip)) {
      if (text === 'noise') continue
      const { vector, tower } = await clip.encodeText(text, 'best')
      expect(tower).toBe('clip')
      expect(cosine(vector, golden)).toBeGreaterThanOrEqual(0.9999)
    }
  })

  test('a model without tables answers with its graph, and says that it has none', async () => {
    expect(clip.hasInstant).toBe(false)
    expect(await clip.encodeText('a dog', 'instant')).toEqual(await clip.encodeText('a dog', 'best'))
  })
})
