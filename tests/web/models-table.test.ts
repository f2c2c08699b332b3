import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fitRows, principalBasis, project, tableFile } from '../../dist/publish/fit-table.js'
import { openQuick } from '../../dist/quick/quick.js'
import { randomVectors } from './fixtures/segment-rows.ts'
import { jpeg, writeSite } from './fixtures/sites.ts'
import { jsonLines, picfind, temporaryFolder, tinyModel } from './picfind-process.ts'

const colours = ['black', 'white', 'grey', 'red', 'green', 'blue', 'yellow', 'orange', 'pink', 'purple', 'brown']

/** A folder with the tiny model's network for words and without its table, phrases it knows, and a cache. */
function modelWithoutTable() {
  const scratch = temporaryFolder()
  onTestFinished(scratch.remove)
  const folder = join(scratch.path, 'model')
  cpSync(dirname(tinyModel), folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(tinyModel, 'utf8'))
  manifest.id = 'untabled'
  manifest.towers.text = manifest.towers.text.filter(({ kind }: { kind: string }) => kind === 'graph')
  manifest.queries.instant = []
  const model = join(folder, 'model.json')
  writeFileSync(model, JSON.stringify(manifest))
  const phrases = join(scratch.path, 'phrases.txt')
  const pairs = colours.flatMap(one => colours.map(other => (one === other ? one : `${one} ${other}`)))
  writeFileSync(phrases, pairs.join('\n'))
  const env = { XDG_CACHE_HOME: join(scratch.path, 'cache') }
  mkdirSync(env.XDG_CACHE_HOME)
  return { model, phrases, env, path: scratch.path }
}

interface Bundle {
  quick: { file: string }
}

async function quickOf(bundle: string) {
  const json = (name: string) => JSON.parse(readFileSync(join(bundle, name), 'utf8'))
  const { file } = json('manifest.json').bundle as { file: string }
  const { quick } = json(file) as Bundle
  return openQuick(json(quick.file), async name => readFileSync(join(bundle, name)))
}

test('a table is fitted once to a model’s own text tower, and a site is searched by it before that is loaded', async () => {
  const { model, phrases, env, path } = modelWithoutTable()
  const site = writeSite(join(path, 'site'), {
    'red.jpg': await jpeg('#f00', 640, 480),
    'blue.jpg': await jpeg('#00f', 640, 480),
    'green.jpg': await jpeg('#00a000', 640, 480),
    'yellow.jpg': await jpeg('#ff0', 640, 480),
  })
  const index = () => picfind(['index', site, '--site', site, '--model', model, '--json'], { env })
  const before = await index()
  expect(before.stderr).toContain(`make one once with: picfind models table ${model}`)
  expect(jsonLines(before.stdout)[0]).toMatchObject({ quickWords: false })
  expect((await quickOf(join(site, 'picfind'))).words).toBe(false)

  const made = await picfind(['models', 'table', model, '--phrases', phrases, '--json'], { env })
  expect(made.code, made.stderr).toBe(0)
  const [quality] = jsonLines<{ cosine: number; recallAt10: number; heldOut: number; dimensions: number }>(made.stdout)
  expect(quality).toMatchObject({ model: 'untabled', dimensions: 64, heldOut: 6 })
  expect(quality!.cosine).toBeGreaterThan(0.9)
  expect(quality!.recallAt10).toBe(1)

  const after = await index()
  expect(after.stderr).not.toContain('models table')
  expect(jsonLines(after.stdout)[0]).toMatchObject({ quickWords: true, changed: true })
  const quick = await quickOf(join(site, 'picfind'))
  for (const colour of ['red', 'blue', 'green', 'yellow']) {
    expect((await quick.search(colour, 1))[0]?.record.path).toBe(`${colour}.jpg`)
  }
  expect(jsonLines((await index()).stdout)[0]).toMatchObject({ changed: false })
})

test('a damaged table is none', async () => {
  const { model, phrases, env, path } = modelWithoutTable()
  await picfind(['models', 'table', model, '--phrases', phrases], { env })
  const folder = join(env.XDG_CACHE_HOME, 'picfind', 'models', 'untabled', 'quick-table')
  rmSync(join(folder, 'basis.bin'))
  const site = writeSite(join(path, 'site'), { 'red.jpg': await jpeg('#f00', 640, 480) })
  const { stderr } = await picfind(['index', site, '--site', site, '--model', model], { env })
  expect(stderr).toContain('models table')
})

test('a model with tables needs no other, and a few phrases make none', async () => {
  const { model, env, path } = modelWithoutTable()
  const own = await picfind(['models', 'table', 'picfind-mini'], { env })
  expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('picfind-mini has tables of its own')])
  const few = join(path, 'few.txt')
  writeFileSync(few, 'red\nblue\n')
  const made = await picfind(['models', 'table', model, '--phrases', few], { env })
  expect([made.code, made.stderr]).toEqual([2, expect.stringContaining('at least 40 phrases')])
})

test('the directions kept of vectors are orthonormal, and all of them lose nothing', () => {
  const vectors = randomVectors(200, 12)
  const basis = principalBasis(vectors, 12, 12)
  const row = (d: number) => basis.directions.subarray(d * 12, (d + 1) * 12)
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  for (let a = 0; a < 12; a++) for (let b = 0; b < 12; b++) expect(dot(row(a), row(b))).toBeCloseTo(a === b ? 1 : 0, 5)
  const [one, other] = vectors as [Float32Array, Float32Array]
  expect(dot(project(basis, one), project(basis, other))).toBeCloseTo(dot(one, other), 5)
})

test('rows that a sum of rows is made of are found again', () => {
  const rows = randomVectors(20, 6)
  const texts = Array.from({ length: 400 }, (_, i) => [i % 20, (7 * i + 3) % 20, Math.floor(i / 20)])
  const targets = texts.map(ids =>
    Float32Array.from({ length: 6 }, (_, d) => ids.reduce((sum, id) => sum + rows[id]![d]!, 0) / Math.sqrt(3)),
  )
  const found = fitRows(texts, targets, 20, 6)
  const off = found.map((value, i) => value - rows[Math.floor(i / 6)]![i % 6]!)
  expect(Math.hypot(...off) / Math.sqrt(20)).toBeLessThan(0.05)
  const file = tableFile(found, 6)
  expect(file.length).toBe(20 * (6 + 4))
})
