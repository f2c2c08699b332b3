/** Bundles on other sites, opened by their addresses. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { indexSite, jpeg, writeSite } from '../web/fixtures/sites.ts'
import { type Files, filesIn, type Host, serve } from './element-site.ts'
import {
  expectComplaints,
  expectFirst,
  newContext,
  openPage,
  picture,
  searchFor,
  servePlainly,
  status,
  useChromium,
  useSite,
} from './harness.ts'

useChromium()
const site = useSite()

const library = fileURLToPath(new URL('../../dist/app/starter/library', import.meta.url))
const cors = { 'Access-Control-Allow-Origin': '*' }

/** A site with a library in its folder `picfind`. */
function makeFiles(change: object = {}): Files {
  const files: Files = new Map()
  for (const name of readdirSync(library)) files.set(`picfind/${name}`, readFileSync(join(library, name)))
  const manifest = JSON.parse(files.get('picfind/manifest.json')!.toString())
  files.set('picfind/manifest.json', Buffer.from(JSON.stringify({ ...manifest, ...change })))
  files.set('index.html', Buffer.from('<!doctype html><title>A site</title>'))
  return files
}

const open: Host[] = []
afterAll(() => {
  for (const host of open) host.close()
})

async function host(files: Files, options: Parameters<typeof serve>[1]): Promise<Host> {
  const served = await serve(files, options)
  open.push(served)
  return served
}

async function openAddress(page: Page, address: string) {
  await page.getByRole('button', { name: 'Libraries:' }).click()
  await page.getByRole('menuitem', { name: 'Open by address' }).click()
  const dialog = page.locator('address-dialog')
  await dialog.getByRole('textbox', { name: 'Address' }).fill(address)
  await page.keyboard.press('Enter')
  return dialog
}

/** Name of the library that is open. */
const openTitle = (page: Page) => page.locator('library-bar .title').textContent()

let friendly: Host
beforeAll(async () => {
  friendly = await host(makeFiles(), { folder: 'blog/', headers: cors })
})

test.each([
  ['picfind/', 'folder'],
  ['picfind/manifest.json', 'manifest'],
  ['', 'site'],
])('a bundle is opened by its address %s', async path => {
  expectComplaints(/CORS policy|Failed to load resource/)
  const page = await openPage(await newContext(), site.url)
  await openAddress(page, friendly.url + path)
  const name = new URL(friendly.url).host
  await page.locator('address-dialog').waitFor({ state: 'detached' })
  expect(await openTitle(page)).toBe(`${name}/blog`)
  await searchFor(page, 'moose')
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
})

test('a bundle that was opened is remembered, works without its host, and is removed after one question', async () => {
  const page = await openPage(await newContext(), site.url)
  const away = await host(makeFiles(), { headers: cors })
  await openAddress(page, `${away.url}picfind/`)
  const name = new URL(away.url).host
  const kept = () =>
    page.evaluate(async prefix => {
      const cache = await caches.open('picfind-files')
      return (await cache.keys()).filter(({ url }) => url.startsWith(prefix)).length
    }, away.url)
  const files = readdirSync(library).filter(file => !file.startsWith('.')).length
  await expect.poll(kept, { timeout: 30_000 }).toBeGreaterThanOrEqual(files)
  away.close()

  expectComplaints(/ERR_CONNECTION_REFUSED/)
  await page.goto(site.url)
  await expect.poll(() => status(page).textContent()).toBe('60 pictures, newest first')
  expect(await openTitle(page)).toBe(name)
  await searchFor(page, 'moose')
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
  await picture(page, 0).waitFor()

  await page.getByRole('button', { name: 'Libraries:' }).click()
  await page.getByRole('menuitem', { name: 'All libraries' }).click()
  const entry = page.locator('libraries-dialog').getByRole('listitem').filter({ hasText: name })
  await expect.poll(() => entry.textContent()).toMatch(/\d (kB|MB)/)
  await entry.getByRole('button', { name: 'Remove' }).click()
  await page.locator('confirm-dialog').getByRole('button', { name: 'Remove' }).click()
  await expect.poll(kept).toBe(0)
  await expect.poll(() => openTitle(page)).toBe('Starter pictures')
})

test('a bundle whose model the page does not have is searched with the one it brings', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-e2e-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const colours = { 'red.jpg': await jpeg('red', 300, 200), 'blue.jpg': await jpeg('blue', 300, 200) }
  await indexSite(writeSite(join(folder, 'site'), colours), join(folder, 'cache'))
  const served = await host(filesIn(join(folder, 'site')), { headers: cors })
  const page = await openPage(await newContext(), site.url)
  await openAddress(page, `${served.url}picfind/`)
  await page.locator('address-dialog').waitFor({ state: 'detached', timeout: 30_000 })
  await picture(page, 1).waitFor()
  await searchFor(page, 'blue')
  await expectFirst(page, 'blue.jpg')
  await searchFor(page, 'red')
  await expectFirst(page, 'red.jpg')
})

test.each([
  ['whose host allows no other page', makeFiles, { headers: {} }, /download the bundle as a zip and import it/],
  [
    'that is a page',
    () => new Map(),
    { headers: cors, otherwise: Buffer.from('<!doctype html>Hello') },
    /not a library but something else/,
  ],
  ['that is not there', () => new Map(), { headers: cors }, /cannot be read: it is not there/],
  ['that is not there', () => new Map(), { headers: cors, missing: cors }, /There is no library at/],
  ['of a newer format', () => makeFiles({ format: 99 }), { headers: cors }, /format 99, made by a newer Picfind/],
  [
    'of another version of the model',
    () => makeFiles({ space: { id: 'picfind-mini', sha256: '0'.repeat(64) } }),
    { headers: cors },
    /open the library with the model it was made with/,
  ],
  [
    'of a model that is not here',
    () => makeFiles({ space: { id: 'no-such-model', sha256: '0'.repeat(64) } }),
    { headers: cors },
    /no-such-model/,
  ],
] as const)('a bundle %s is told of in a sentence', async (_, files, options, says) => {
  expectComplaints(/CORS policy|Failed to load resource/)
  const page = await openPage(await newContext(), site.url)
  const { url } = await host(files(), options)
  const dialog = await openAddress(page, `${url}picfind/`)
  await expect.poll(() => dialog.getByRole('alert').textContent(), { timeout: 30_000 }).toMatch(says)
  await dialog.getByRole('button', { name: 'Import a zip' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Libraries:' }).click()
  expect(await page.getByRole('menuitemradio').count()).toBe(1)
})

test('a page that is not isolated can tell a host that refuses from one that is not there, and from no network', async () => {
  expectComplaints(/CORS policy|Failed to load resource/)
  const page = await openPage(await newContext(), await servePlainly(site.url, '/'))
  const refusing = await host(makeFiles(), {})
  const dialog = await openAddress(page, `${refusing.url}picfind/`)
  const says = (text: string) =>
    expect.poll(() => dialog.getByRole('alert').textContent(), { timeout: 30_000 }).toContain(text)
  await says('answers, but does not let other pages read what it says')
  refusing.close()
  await page.keyboard.press('Enter')
  await says('cannot be read: it is not there')
  await page.context().setOffline(true)
  await page.keyboard.press('Enter')
  await says('this device has no network now')
})

test.each(['nonsense', 'ftp://example.org/', 'http://'])('“%s” is no address', async address => {
  expectComplaints(/ERR_NAME_NOT_RESOLVED|Failed to load resource/)
  const page = await openPage(await newContext(), site.url)
  const dialog = await openAddress(page, address)
  await expect
    .poll(() => dialog.getByRole('alert').textContent(), { timeout: 30_000 })
    .toMatch(/no address|cannot be read/)
})
