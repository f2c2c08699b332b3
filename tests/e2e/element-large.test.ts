/** A bundle of so many pictures that full search fetches the signs of their vectors first. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { loadCore } from '../../dist/engine/core-loader.js'
import { parseManifest, spaceOf } from '../../dist/engine/models.js'
import { LibraryReader } from '../../dist/engine/reader.js'
import { FolderStore } from '../../dist/engine/store-folder.js'
import { LibraryWriter } from '../../dist/engine/writer.js'
import { randomVectors, segmentRow } from '../web/fixtures/segment-rows.ts'
import { addCode, box, type Files, keep, openTab, page, pictures, useHosts } from './element-site.ts'
import { expectComplaints, useChromium } from './harness.ts'

useChromium()
const hosts = useHosts()

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const modelFolder = here('../data/tiny-model')
const distFolder = here('../../dist')
/** The first number that is above the limit. */
const rows = 20_001

async function writeLibrary(folder: string): Promise<void> {
  const model = parseManifest(readFileSync(join(modelFolder, 'model.json'), 'utf8'), 'tiny')
  const hash = async (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const space = await spaceOf(model, model.towers.picture.file.sha256!, hash)
  const core = await loadCore({ core: new URL('../../dist/core/', import.meta.url).href, models: '' })
  const reader = new LibraryReader(core, new FolderStore(folder), () => {})
  await reader.refresh()
  const writer = await LibraryWriter.open(reader)
  const { dim } = model
  await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: false })
  await writer.commit({ rows: randomVectors(rows, dim).map(segmentRow), deleteIds: [], sources: [{ name: 'test' }] })
  await writer.release()
  await reader.close()
}

let files: Files
/** Names of the files with int8 vectors. */
let vectors: string[]

beforeAll(async () => {
  files = new Map()
  const folder = mkdtempSync(join(tmpdir(), 'picfind-large-'))
  await writeLibrary(folder)
  const names = readdirSync(folder).filter(name => /^[0-9a-f]{64}$|^manifest\.json$/.test(name))
  for (const name of names) files.set(`picfind/${name}`, readFileSync(join(folder, name)))
  rmSync(folder, { recursive: true })
  vectors = names.filter(name => files.get(`picfind/${name}`)!.subarray(0, 7).toString() === 'pf.int8')
  const towers = ['model.json', 'tokenizer.json', 'words.bin', 'text.onnx']
  const model = Object.fromEntries(towers.map(name => [name, keep(files, readFileSync(join(modelFolder, name)))]))
  const library = names.filter(name => name !== 'manifest.json')
  const needed = Object.fromEntries(
    [...library, ...Object.values(model)].map(name => [name, files.get(`picfind/${name}`)!.length]),
  )
  const bytes = Object.values(needed).reduce((sum, bytes) => sum + bytes, 0)
  const full = { bytes, files: keep(files, JSON.stringify({ needed, further: {} })), pictures: false }
  const descriptor = { base: '../', full, format: 1, model: { id: 'tiny', files: model } }
  const manifest = JSON.parse(files.get('picfind/manifest.json')!.toString())
  manifest.bundle = { code: addCode(files, hosts.code), file: keep(files, JSON.stringify(descriptor)) }
  files.set('picfind/manifest.json', Buffer.from(JSON.stringify(manifest)))
  files.set('picfind/picfind.js', readFileSync(join(distFolder, 'element/picfind.js')))
  files.set('index.html', page('<picfind-search></picfind-search>'))
})

/** What the answers of the element have said of themselves. */
const answers = (tab: Page) =>
  tab.evaluate(() => (globalThis as unknown as { answers: { answer: string; partial: boolean }[] }).answers)

it('answers by signs first, says so, and renews the answer when the vectors have come', async () => {
  // The library has no pictures.
  expectComplaints(/404/)
  const { url } = await hosts.serve(files)
  const tab = await openTab(url)
  await tab.evaluate(() => {
    const answers: unknown[] = []
    Object.assign(globalThis, { answers })
    document.addEventListener('picfind-results', ({ detail: { answer, partial } }) => answers.push({ answer, partial }))
  })
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  expect(vectors.length).toBeGreaterThan(0)
  await tab.context().route(
    address => vectors.some(name => address.href.endsWith(name)),
    async route => {
      await released
      await route.continue()
    },
  )

  await box(tab).fill('red')
  await tab.getByRole('button', { name: /Load full search/ }).click()
  await tab.getByText('“red”: 20 pictures').waitFor({ timeout: 60_000 })
  await tab.getByText('A first answer: not all pictures have been compared closely yet.').waitFor()
  expect(await pictures(tab).count()).toBe(20)
  expect((await answers(tab)).at(-1)).toEqual({ answer: 'full', partial: true })

  release()
  await expect.poll(async () => (await answers(tab)).at(-1)).toEqual({ answer: 'full', partial: false })
  expect(await tab.getByText('A first answer').count()).toBe(0)
  await expect.poll(() => tab.getByRole('progressbar').count()).toBe(0)
})
