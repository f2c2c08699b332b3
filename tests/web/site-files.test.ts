/** What hosts allow: how many files a bundle has, and how large they are. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BundleLibrary, firstBase } from '../../dist/publish/bundle-library.js'
import { writeQuick } from '../../dist/publish/quick-write.js'
// @ts-expect-error: JavaScript without types
import { readStatistics, Vectors } from '../bench/vectors.mjs'
import { core, Files, model, read } from './fixtures/quick-bundle.ts'

const pictures = 10_000
const stored = new Vectors(await readStatistics('picfind-mini'), 3).rows(0, pictures + 1) as Float32Array
const vectorOf = (i: number) => stored.slice(i * model.dim, (i + 1) * model.dim)

/** A picture that its site has much to say of. `words`: bytes of caption. */
function rowOf(i: number, words: number) {
  const path = `albums/${i % 50}/a walk by the lake, number ${String(i).padStart(6, '0')}.jpg`
  const record = {
    id: `site/${path}`,
    source: 'site',
    path,
    type: 'image/jpeg',
    size: 1,
    width: 4000,
    height: 3000,
    sha256: i.toString(16).padStart(64, '0'),
    caption: `${i} `.padEnd(words, 'what is to be seen here '),
    thumbnail: `thumbs/${i.toString(16).padStart(16, '0')}.jpg`,
    pages: [{ url: `albums/${i % 50}/`, title: `Album ${i % 50}` }],
  }
  return { record, vector: vectorOf(i) }
}

/** Adds all files that a bundle has for its pictures to `files`; the name of its lexicon. */
async function writeBundle(rows: ReturnType<typeof rowOf>[], files: Files, lexicon?: string): Promise<string> {
  const { keep } = files
  const start = { space: { id: model.id, sha256: '0'.repeat(64) }, dim: model.dim, mean: vectorOf(0) }
  const library = new BundleLibrary(core, firstBase(core, start, rows), rows, [{ name: 'site', url: '../' }])
  for (const { bytes } of library.files) keep(bytes)
  library.close()
  const name = await writeQuick({
    rows,
    model,
    read,
    core: { nearestRows, sha256: core.sha256 },
    keep,
    ...(lexicon && { lexicon }),
  })
  return (files.json(name) as { lexicon: string }).lexicon
}

/** The files are as many, whichever rows are in them. */
const nearestRows: typeof core.nearestRows = (vectors, dim, k) => {
  const rows = vectors.length / dim
  return Uint32Array.from({ length: rows * k }, (_, i) => (Math.floor(i / k) + 1 + (i % k)) % rows)
}

test('10,000 pictures are in at most 500 files beside thumbnails, the generation before included', async () => {
  const code = readdirSync(fileURLToPath(new URL('../../dist/site', import.meta.url)), { recursive: true }).length
  // Loader, manifests, descriptors and lists of both generations, and the model in pieces.
  const others = 1 + 2 * 3 + 10
  const files = new Files()
  const inOrder = (count: number) =>
    Array.from({ length: count }, (_, i) => rowOf(i, 200)).sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
  const lexicon = await writeBundle(inOrder(pictures), files)
  expect(files.all.size + code + others).toBeLessThan(450)
  await writeBundle(inOrder(pictures + 1), files, lexicon)
  expect(files.all.size + code + others).toBeLessThanOrEqual(500)
  for (const bytes of files.all.values()) expect(bytes.length).toBeLessThanOrEqual(20 * 1024 * 1024)
}, 300_000)

test('long texts make larger files, not many more', async () => {
  const count = async (words: number) => {
    const rows = Array.from({ length: pictures }, (_, i) => rowOf(i, words))
    const start = { space: { id: model.id, sha256: '0'.repeat(64) }, dim: model.dim, mean: vectorOf(0) }
    const library = new BundleLibrary(core, firstBase(core, start, rows), rows, [{ name: 'site', url: '../' }])
    library.close()
    return library.files.length
  }
  expect(await count(1000)).toBeLessThan((await count(100)) + 64)
  expect(await count(1000)).toBeLessThan(110)
})
