/** What a run over a site tells, and what it keeps for the next one. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'
import { filesOf, indexSite, writeSite } from './fixtures/sites.ts'
import { jsonLines, picfind, tinyModel } from './picfind-process.ts'

const picture = (i: number) => bmp([i, 255 - i, (7 * i) % 256], 64, 64)
const pictures = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p/${i}.bmp`, picture(i)]))

function newSite(count: number) {
  const root = temporaryFolder()
  const site = writeSite(join(root, 'public'), pictures(count))
  const cache = join(root, 'cache')
  const index = async (...options: string[]) => (await indexSite(site, cache, ...options)).answer
  return { root, site, cache, index, bundle: join(site, 'picfind') }
}

/** Quick search's descriptor of a bundle. */
function quickOf(bundle: string): { neighbours: { count: number; files: string[] } } {
  const json = (name: string) => JSON.parse(readFileSync(join(bundle, name), 'utf8'))
  return json(json(json('manifest.json').bundle.file).quick.file)
}

/** A model without its picture tower: whatever it is to encode fails. */
function blindModel(root: string): string {
  const model = join(root, 'model')
  cpSync(join(tinyModel, '..'), model, { recursive: true })
  rmSync(join(model, 'vision.onnx'))
  return join(model, 'model.json')
}

test('an update tells what is new, replaced, renamed, unchanged and removed, in numbers and in words', async () => {
  const { root, site, cache, index } = newSite(12)
  expect(await index()).toMatchObject({ new: 12, replaced: 0, renamed: 0, unchanged: 0, removed: 0, pictures: 12 })
  writeFileSync(join(site, 'p', '100.bmp'), picture(100))
  writeFileSync(join(site, 'p', '101.bmp'), picture(101))
  copyFileSync(join(site, 'p', '1.bmp'), join(site, 'p', 'one.bmp'))
  writeFileSync(join(site, 'p', '2.bmp'), picture(102))
  renameSync(join(site, 'p', '3.bmp'), join(site, 'p', 'three.bmp'))
  for (const name of ['4.bmp', '5.bmp']) rmSync(join(site, 'p', name))
  // Another machine, which has nothing but the bundle, tells the same.
  rmSync(cache, { recursive: true })
  const other = join(root, 'other')
  cpSync(join(root, 'public'), other, { recursive: true })
  const changes = { new: 3, replaced: 1, renamed: 1, unchanged: 8, removed: 2, pictures: 13 }
  expect(await index()).toMatchObject(changes)
  const env = { XDG_CACHE_HOME: join(root, 'other cache') }
  const { stdout } = await picfind(['index', other, '--site', other, '--model', tinyModel], { env })
  expect(stdout).toBe(
    `3 new, 1 replaced, 1 renamed, 8 unchanged, 2 removed; 13 pictures in ${join(other, 'picfind')}\n`,
  )
  const again = await picfind(['index', other, '--site', other, '--model', tinyModel], { env })
  expect(again.stdout).toBe(`0 new, 13 unchanged; 13 pictures in ${join(other, 'picfind')}, which has not changed\n`)
})

test('where the site’s folder is emptied before each build, the bundle goes on from where it was', async () => {
  const { root, site, bundle, index } = newSite(40)
  await index()
  writeFileSync(join(site, 'p', '100.bmp'), picture(100))
  await index()
  const before = filesOf(bundle)
  rmSync(site, { recursive: true })
  writeSite(site, { ...pictures(40), 'p/100.bmp': picture(100) })
  expect(await index()).toMatchObject({ unchanged: 41, new: 0, changed: false })
  expect(filesOf(bundle)).toEqual(before)

  // An update after it is the one that a bundle that stayed gets.
  const stayed = temporaryFolder()
  cpSync(root, stayed, { recursive: true, preserveTimestamps: true })
  rmSync(site, { recursive: true })
  const next = { ...pictures(39), 'p/100.bmp': picture(100), 'p/101.bmp': picture(101) }
  writeSite(site, next)
  expect(await index()).toMatchObject({ unchanged: 40, new: 1, removed: 1, changed: true })
  rmSync(join(stayed, 'public', 'p'), { recursive: true })
  writeSite(join(stayed, 'public'), next)
  await indexSite(join(stayed, 'public'), join(stayed, 'cache'))
  expect(filesOf(bundle)).toEqual(filesOf(join(stayed, 'public', 'picfind')))
})

test('neighbours that are carried from the bundle before are those that comparing all gives', async () => {
  const { root, site, bundle, index } = newSite(60)
  await index()
  const other = temporaryFolder()
  cpSync(root, other, { recursive: true, preserveTimestamps: true })
  // A bundle that has lost some has nothing to carry.
  const lost = quickOf(join(other, 'public', 'picfind')).neighbours.files[0]!
  rmSync(join(other, 'public', 'picfind', lost))
  for (const folder of [site, join(other, 'public')]) {
    for (let i = 100; i < 110; i++) writeFileSync(join(folder, 'p', `${i}.bmp`), picture(i))
    renameSync(join(folder, 'p', '3.bmp'), join(folder, 'p', 'three.bmp'))
    copyFileSync(join(folder, 'p', '8.bmp'), join(folder, 'p', 'eight.bmp'))
    for (const name of ['4.bmp', '5.bmp']) rmSync(join(folder, 'p', name))
  }
  expect(await index()).toMatchObject({ new: 11, renamed: 1, removed: 2, unchanged: 57 })
  await indexSite(join(other, 'public'), join(other, 'cache'))
  expect(quickOf(bundle)).toEqual(quickOf(join(other, 'public', 'picfind')))
}, 180_000)

test('a job that starts from nothing but a named cache encodes nothing again, wherever it runs', async () => {
  const root = temporaryFolder()
  const run = async (home: string, model: string) => {
    mkdirSync(home, { recursive: true })
    writeSite(join(home, 'public'), pictures(10))
    const command = ['index', 'public', '--site', 'public', '--cache', 'kept', '--model', model, '--json']
    const { stdout } = await picfind(command, { cwd: home, env: { XDG_CACHE_HOME: join(home, 'users') } })
    return jsonLines<{ new: number; unchanged: number; skipped: unknown[] }>(stdout)[0]
  }
  const [first, second] = [join(root, 'first'), join(root, 'second', 'home')]
  // The model is named from where the job runs, as its site is.
  const model = join('..', 'model', 'model.json')
  cpSync(join(tinyModel, '..'), join(root, 'model'), { recursive: true })
  expect(await run(first, model)).toMatchObject({ new: 10 })
  cpSync(join(first, 'kept'), join(second, 'kept'), { recursive: true })
  blindModel(join(root, 'second'))
  expect(await run(second, model)).toMatchObject({ new: 0, unchanged: 10, skipped: [] })
  expect(filesOf(join(second, 'public', 'picfind'))).toEqual(filesOf(join(first, 'public', 'picfind')))
  expect(existsSync(join(second, 'users', 'picfind', 'sites'))).toBe(false)
})

test('without a cache nothing is kept but the bundle, which is enough', async () => {
  const { root, cache, index } = newSite(10)
  expect(await index('--no-cache')).toMatchObject({ new: 10 })
  expect(existsSync(join(cache, 'picfind', 'sites'))).toBe(false)
  expect(await index('--no-cache', '--model', blindModel(root))).toMatchObject({ unchanged: 10, changed: false })
  expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([])
})

test('a cache that would be published is refused', async () => {
  const { site } = newSite(1)
  const { code, stderr } = await picfind(['index', site, '--site', site, '--cache', join(site, '.cache', 'picfind')])
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^picfind: .* would be published.*\n$/) })
  const stray = await picfind(['index', site, '--no-cache'])
  expect(stray).toMatchObject({ code: 2, stderr: expect.stringContaining('--cache goes with --site') })
})

test('a damaged cache is made up for', async () => {
  const { site, cache, index, bundle } = newSite(10)
  await index()
  const before = filesOf(bundle)
  for (const [path] of filesOf(cache)) writeFileSync(join(cache, path), '{"damaged":')
  rmSync(join(site, 'picfind'), { recursive: true })
  expect(await index()).toMatchObject({ pictures: 10, skipped: [] })
  expect(filesOf(bundle).size).toBe(before.size)
})
