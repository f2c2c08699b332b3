/** Libraries in and out of the page: zips, folders, sites. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { alts, type Files, find, openTab, page as pageOf, pictures, serve } from './element-site.ts'
import {
  dropFromDisk,
  expectFirst,
  indexing,
  namesInSight,
  newContext,
  notices,
  openPage,
  pickFolder,
  picture,
  pictureFolder,
  searchFor,
  starterFolder,
  status,
  storedNames,
  useChromium,
  useSite,
  withoutDirectoryPicker,
} from './harness.ts'

useChromium()
const site = useSite()

const folder = pictureFolder({
  'animals/moose.jpg': 'bull-moose-lying-in-a-meadow.jpg',
  'animals/cat.jpg': 'face-of-a-tabby-cat.jpg',
  'buildings/windmill.jpg': 'stone-windmill.jpg',
  'espresso.jpg': 'espresso-in-a-red-cup.jpg',
})
const scratch = mkdtempSync(join(tmpdir(), 'picfind-e2e-'))
afterAll(() => {
  folder.remove()
  rmSync(scratch, { recursive: true, force: true })
})

/** A page with an own library of the folder. */
async function pageWithLibrary(): Promise<Page> {
  const context = await newContext()
  await withoutDirectoryPicker(context)
  const page = await openPage(context, site.url)
  await pickFolder(page, folder.path)
  await page.locator('folder-dialog').getByRole('button', { name: 'Start' }).click()
  await indexing(page).getByText('4 pictures added').waitFor({ timeout: 60_000 })
  return page
}

async function openLibraries(page: Page) {
  await page.getByRole('button', { name: 'Libraries:' }).click()
  await page.getByRole('menuitem', { name: 'All libraries' }).click()
  const dialog = page.locator('libraries-dialog')
  await dialog.getByRole('listitem').first().waitFor()
  return dialog
}

/** Saves “My pictures” as a zip and gives its path. */
async function saveZip(page: Page, name: string, forSite = false): Promise<string> {
  const dialog = await openLibraries(page)
  await dialog.getByRole('button', { name: 'Save as bundle …: My pictures' }).click()
  const ask = page.locator('export-dialog')
  if (forSite) await ask.getByRole('radio', { name: 'For a site' }).check()
  const download = page.waitForEvent('download', { timeout: 90_000 })
  await ask.getByRole('button', { name: 'Save as zip' }).click()
  const saved = await download
  expect(saved.suggestedFilename()).toBe('My pictures.zip')
  const path = join(scratch, name)
  await saved.saveAs(path)
  return path
}

async function importZip(page: Page, file: string): Promise<void> {
  const dialog = await openLibraries(page)
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'Import a zip' }).click()
  await (await chooser).setFiles(file)
}

/** Names and scores of what is like the moose, which no better answer follows. */
async function answers(page: Page): Promise<string[]> {
  await page.getByText('Like moose.jpg: 3 pictures, best first').waitFor()
  const names = await namesInSight(page)
  const scores = await page.locator('.caption .numbers').allTextContents()
  return names.map((name, i) => `${name} ${scores[i]}`)
}

async function askLikeMoose(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More like this: moose.jpg' }).click()
}

let copy: string
let forSite: string
let before: string[]

beforeAll(async () => {
  const page = await pageWithLibrary()
  await askLikeMoose(page)
  before = await answers(page)
  copy = await saveZip(page, 'copy.zip')
  forSite = await saveZip(page, 'site.zip', true)
}, 240_000)

describe('a library saved as a zip', () => {
  test('gives the same answers in another browser, with its thumbnails, and stays there', async () => {
    const page = await openPage(await newContext(), site.url)
    await importZip(page, copy)
    await page.getByText('“copy” is here, and every file of it is whole.').waitFor({ timeout: 60_000 })
    await expect.poll(() => status(page).textContent()).toBe('4 pictures, newest first')
    await askLikeMoose(page)
    expect(await answers(page)).toEqual(before)
    await page.reload()
    await picture(page, 2).waitFor()
    expect(await answers(page)).toEqual(before)
    const dialog = await openLibraries(page)
    await expect
      .poll(() => dialog.getByRole('listitem').filter({ hasText: 'copy' }).textContent())
      .toMatch(/\d (kB|MB)/)
  })

  test.each(['zip', 'folder'])('is imported by dropping it on the page as a %s', async kind => {
    const dropped = kind === 'zip' ? copy : join(scratch, 'unpacked')
    if (kind === 'folder') {
      mkdirSync(dropped)
      for (const [path, bytes] of Object.entries(unzipSync(readFileSync(copy)))) {
        writeFileSync(join(dropped, basename(path)), bytes)
      }
    }
    const page = await openPage(await newContext(), site.url)
    await dropFromDisk(page, dropped)
    await expect.poll(() => status(page).textContent(), { timeout: 60_000 }).toBe('4 pictures, newest first')
  })

  test.each([
    ['cut off', (zip: Buffer) => zip.subarray(0, -2000), 'is damaged (its end is missing)'],
    ['with a changed byte', (zip: Buffer) => Buffer.from(zip).fill(7, 20_000, 20_001), 'damaged'],
    ['of something else', () => readFileSync(join(starterFolder, 'stone-windmill.jpg')), 'is not a zip'],
  ])('and %s is refused in a sentence, with nothing left of it', async (_, change, says) => {
    const page = await openPage(await newContext(), site.url)
    const bad = join(scratch, 'bad.zip')
    writeFileSync(bad, change(readFileSync(copy)))
    await importZip(page, bad)
    await expect.poll(() => notices(page).textContent(), { timeout: 30_000 }).toContain(says)
    expect(await storedNames(page)).toEqual([])
    const dialog = await openLibraries(page)
    expect(await dialog.getByRole('listitem').count()).toBe(1)
  })

  test('is not imported when the person has had enough of waiting', async () => {
    const context = await newContext({ serviceWorkers: 'block' })
    const page = await openPage(context, site.url)
    // The import begins with loading the core, which is not answered.
    await context.route(/picfind-core\.wasm$/, () => {})
    await importZip(page, copy)
    const dialog = page.locator('transfer-dialog')
    await dialog.getByRole('heading', { name: 'Importing “copy”' }).waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => storedNames(page)).toEqual([])
    expect(await page.evaluate(() => localStorage.getItem('picfind.importing') ?? '[]')).toBe('[]')
    expect(await notices(page).textContent()).not.toMatch(/\w/)
  })

  test('that was half imported when the page ended is cleared up', async () => {
    const page = await openPage(await newContext(), site.url)
    await page.evaluate(async () => {
      localStorage.setItem('picfind.importing', '["holiday"]')
      const root = await navigator.storage.getDirectory()
      const folder = await root.getDirectoryHandle('picfind', { create: true })
      await folder.getDirectoryHandle('holiday', { create: true })
    })
    await page.reload()
    await picture(page, 0).waitFor()
    await expect.poll(() => storedNames(page)).toEqual([])
    expect(await page.evaluate(() => localStorage.getItem('picfind.importing'))).toBe('[]')
  })
})

test('a library is saved into a new folder, and imported from it', async () => {
  const page = await openPage(await newContext(), site.url)
  // The browser's own dialog cannot be operated here; the handle it would give is a real one.
  await page.evaluate(() => {
    Object.assign(globalThis, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('disk', { create: true }),
    })
  })
  await importZip(page, copy)
  await page.getByText('“copy” is here').waitFor({ timeout: 60_000 })
  for (const name of ['copy', 'copy 2']) {
    const dialog = await openLibraries(page)
    await dialog.getByRole('button', { name: 'Save as bundle …: copy' }).click()
    await page.getByRole('button', { name: 'Save into a folder' }).click()
    await page.getByText(`Saved into the folder “${name}”.`).waitFor({ timeout: 30_000 })
  }
  await page.evaluate(async () => {
    const disk = await (await navigator.storage.getDirectory()).getDirectoryHandle('disk')
    Object.assign(globalThis, { showDirectoryPicker: () => disk.getDirectoryHandle('copy 2') })
  })
  const dialog = await openLibraries(page)
  await dialog.getByRole('button', { name: 'Import a folder' }).click()
  await page.getByText('“copy 2” is here').waitFor({ timeout: 60_000 })
  await askLikeMoose(page)
  expect(await answers(page)).toEqual(before)
})

/** What a static host has once a zip is unpacked there. */
function unpacked(zip: string): Files {
  return new Map(Object.entries(unzipSync(readFileSync(zip))).map(([path, bytes]) => [path, Buffer.from(bytes)]))
}

describe('a bundle saved for a site', () => {
  test('searches on a static host, quick and in full, with its thumbnails, and tells no times', async () => {
    const files = unpacked(forSite)
    for (const [path, bytes] of files) {
      const name = path.slice('picfind/'.length)
      expect(bytes.length).toBeLessThanOrEqual(20 * 1024 * 1024)
      if (!/^[0-9a-f]{64}$/.test(name)) continue
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
      expect(bytes.toString('latin1')).not.toMatch(/"modified":\d{6,}/)
    }
    files.set('index.html', pageOf('<picfind-search></picfind-search>'))
    const { url, close } = await serve(files, { folder: 'docs/v2/' })
    onTestFinished(close)
    const tab = await openTab(url)
    await find(tab, 'a moose')
    expect((await alts(tab))[0]).toBe('moose')
    expect(await pictures(tab).first().getAttribute('href')).toBe(`${url}holiday/animals/moose.jpg`)
    const widths = () =>
      pictures(tab)
        .first()
        .getByRole('img')
        .evaluate((img: HTMLImageElement) => img.naturalWidth)
    await expect.poll(widths).toBeGreaterThan(100)
    await tab.getByRole('button', { name: /^Load full search/ }).click()
    await expect.poll(() => tab.getByRole('progressbar').count(), { timeout: 60_000 }).toBe(0)
    expect(await tab.getByRole('button', { name: /full search/i }).count()).toBe(0)
    await find(tab, 'windmill')
    await expect.poll(async () => (await alts(tab))[0]).toBe('windmill')
  })

  test('is opened by its address with its thumbnails', async () => {
    const { url, close } = await serve(unpacked(forSite), { headers: { 'Access-Control-Allow-Origin': '*' } })
    onTestFinished(close)
    const page = await openPage(await newContext(), site.url)
    await page.getByRole('button', { name: 'Libraries:' }).click()
    await page.getByRole('menuitem', { name: 'Open by address' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill(`${url}picfind/`)
    await page.keyboard.press('Enter')
    await expect.poll(() => status(page).textContent(), { timeout: 30_000 }).toBe('4 pictures, newest first')
    await picture(page, 3).waitFor()
    await page.locator('address-dialog').waitFor({ state: 'detached' })
    await searchFor(page, 'moose')
    await expectFirst(page, 'moose.jpg')
  })

  test('is imported again as a library with its thumbnails', async () => {
    const page = await openPage(await newContext(), site.url)
    await importZip(page, forSite)
    await page.getByText('“site” is here').waitFor({ timeout: 60_000 })
    await searchFor(page, 'moose')
    await expectFirst(page, 'moose.jpg')
    await picture(page, 3).waitFor()
  })
})
