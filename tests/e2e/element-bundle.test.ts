/** The whole way: a site, the command that indexes it, and the search in its page. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { picfind } from '../web/picfind-process.ts'
import { alts, box, filesIn, find, type Host, openTab, page, pictures, serve } from './element-site.ts'
import { expectComplaints, starterFolder, useChromium } from './harness.ts'

useChromium()

const texts: Record<string, string> = {
  'espresso-in-a-red-cup.jpg': 'A strong one, at the station',
  'green-tea-fields.jpg': 'The hills',
  'orange-toad-on-a-leaf.jpg': 'Who sat there in the morning',
  'osprey-on-a-branch.jpg': 'It waits',
  'otter-beside-water.jpg': 'At the bank',
  'saturn-with-rings.jpg': 'Seen at night',
}

/** On no page; what is known of it is in captions.jsonl. */
const lone = {
  path: 'photos/pliers-with-red-handles.jpg',
  alt: 'Kept in the shed',
  url: 'https://cdn.example.com/full/pliers.jpg?width=4000',
}

let folder: string
let host: Host
/** Changes files on their way to the browser. */
let damaged: (path: string) => boolean = () => false

function withChangedByte(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const middle = changed.length >> 1
  changed[middle] = changed[middle]! ^ 1
  return changed
}

/** Files that are named by their bytes, as the host was asked for them while `action` ran. */
async function hashedFilesOf(action: () => Promise<void>): Promise<string[]> {
  host.asked.length = 0
  await action()
  return [...new Set(host.asked)].filter(path => /^picfind\/[0-9a-f]{64}$/.test(path))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picfind-built-site-'))
  mkdirSync(join(folder, 'photos'))
  const names = [...Object.keys(texts), basename(lone.path)]
  for (const name of names) cpSync(join(starterFolder, name), join(folder, 'photos', name))
  writeFileSync(join(folder, 'captions.jsonl'), JSON.stringify(lone))
  const images = Object.entries(texts).map(([name, alt]) => `<img src="photos/${name}" alt="${alt}">`)
  writeFileSync(join(folder, 'index.html'), page('<picfind-search></picfind-search>'))
  writeFileSync(join(folder, 'album.html'), `<!doctype html><title>Album</title>${images.join('\n')}`)
  const { code, stderr } = await picfind(['index', folder, '--site', folder, '--query-pictures'])
  expect(code, stderr).toBe(0)
  host = await serve(filesIn(folder), {
    folder: 'travel/',
    alter: (path, bytes) => ({ bytes: damaged(path) ? withChangedByte(bytes) : bytes }),
  })
})
afterEach(() => {
  damaged = () => false
})
afterAll(() => {
  host.close()
  rmSync(folder, { recursive: true, force: true })
})

it.each([
  ['coffee', 'A strong one, at the station'],
  ['frog', 'Who sat there in the morning'],
  ['咖啡', 'A strong one, at the station'],
])('quick search finds %s by what is in the picture', async (words, alt) => {
  const tab = await openTab(host.url)
  await find(tab, words)
  expect((await alts(tab))[0]).toBe(alt)
  expect(await tab.getByRole('link').first().getAttribute('href')).toBe(`${host.url}album.html`)
  const thumbnail = tab.getByRole('list').getByRole('img').first()
  await expect.poll(() => thumbnail.evaluate(image => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0)
})

it('a picture that is public elsewhere leads there', async () => {
  const tab = await openTab(host.url)
  await find(tab, 'pliers')
  expect((await alts(tab))[0]).toBe(lone.alt)
  expect(await tab.getByRole('link').first().getAttribute('href')).toBe(lone.url)
})

it('quick search finds more like a picture, and full search answers what quick search cannot', async () => {
  const tab = await openTab(host.url)
  await find(tab, 'frog')
  await tab.getByRole('button', { name: 'More like Who sat there in the morning' }).click()
  await tab.getByText('Like Who sat there in the morning: 6 pictures').waitFor()
  await box(tab).fill('a bird of prey watching from a tree')
  await tab.getByRole('button', { name: /Load full search \(\d+ MB\)/ }).click()
  await expect.poll(async () => (await alts(tab))[0], { timeout: 60_000 }).toBe('It waits')
  await expect.poll(() => tab.getByRole('progressbar').count(), { timeout: 60_000 }).toBe(0)
  const chooser = tab.waitForEvent('filechooser')
  await tab.getByRole('button', { name: 'Search by a picture of yours' }).click()
  await (await chooser).setFiles(join(starterFolder, 'saturn-with-rings.jpg'))
  await expect.poll(async () => (await alts(tab))[0], { timeout: 60_000 }).toBe('Seen at night')
  expect(await tab.getByRole('link').first().getAttribute('href')).toBe(`${host.url}album.html`)
})

it('a changed byte in any file that quick search reads is caught: it shows a state or, without that file, the same pictures', async () => {
  let right: string[] = []
  const files = await hashedFilesOf(async () => {
    const tab = await openTab(host.url)
    await find(tab, 'coffee')
    right = await alts(tab)
  })
  const caught: string[] = []
  for (const file of files) {
    damaged = path => path === file
    const tab = await openTab(host.url)
    await box(tab).fill('coffee')
    const shown = () => tab.locator('picfind-search .root').innerText()
    await expect.poll(shown, { message: file, timeout: 30_000 }).toMatch(/being updated|: \d+ pictures/)
    if ((await shown()).includes('being updated')) caught.push(file)
    expect(await alts(tab), file).toEqual(caught.includes(file) ? [] : right)
  }
  expect(caught.length).toBeGreaterThan(3)
})

it('changed bytes in what full search reads are caught', async () => {
  const tab = await openTab(host.url)
  const quick = await hashedFilesOf(() => find(tab, 'coffee'))
  const found = await alts(tab)
  damaged = path => /^picfind\/[0-9a-f]{64}$/.test(path) && !quick.includes(path)
  await tab.getByRole('button', { name: /Load full search/ }).click()
  await tab.getByText('Full search could not be loaded').waitFor()
  await expect.poll(() => alts(tab)).toEqual(found)
})

it('a changed byte in a thumbnail is caught once it is shown: it gives way to what it shows in words', async () => {
  const tab = await openTab(host.url)
  host.asked.length = 0
  await find(tab, 'coffee')
  const images = tab.getByRole('list').getByRole('img')
  const areSeen = () => images.evaluateAll(all => all.every(image => (image as HTMLImageElement).naturalWidth > 0))
  await expect.poll(areSeen).toBe(true)
  const thumbnails = host.asked.filter(path => path.startsWith('picfind/thumbs/'))
  expect(thumbnails.length).toBeGreaterThan(0)
  // What the browser has is not fetched again to be checked.
  await expect.poll(() => checksOf(tab)).toBeGreaterThanOrEqual(thumbnails.length)
  expect(host.asked.filter(path => path.startsWith('picfind/thumbs/'))).toEqual([...new Set(thumbnails)])
  expect(await tab.getByText(/search is being updated/).count()).toBe(0)

  damaged = path => path === thumbnails[0]
  const other = await openTab(host.url)
  await find(other, 'coffee')
  await other.getByText(/search is being updated/).waitFor()
  const found = other.getByRole('list').getByRole('img')
  const withoutPicture = () => found.evaluateAll(all => all.filter(image => !image.hasAttribute('src')).length)
  await expect.poll(withoutPicture).toBe(1)
  expect(await alts(other)).toEqual(await alts(tab))
})

/** How often a thumbnail was fetched beside being shown. */
const checksOf = (tab: Page) =>
  tab.evaluate(() => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    return entries.filter(({ name, initiatorType }) => name.includes('/thumbs/') && initiatorType === 'fetch').length
  })

it('a changed byte in what is loaded for rare formats is caught before it runs', async () => {
  const tab = await openTab(host.url)
  await find(tab, 'coffee')
  await tab.getByRole('button', { name: /Load full search/ }).click()
  await expect.poll(() => tab.getByRole('progressbar').count(), { timeout: 60_000 }).toBe(0)
  const search = async () => {
    const chooser = tab.waitForEvent('filechooser')
    await tab.getByRole('button', { name: 'Search by a picture of yours' }).click()
    await (await chooser).setFiles(fileURLToPath(new URL('../data/formats/plain.heic', import.meta.url)))
  }
  expectComplaints(/integrity/)
  damaged = path => path.includes('/libheif')
  await search()
  await tab.getByText('This picture cannot be searched by').waitFor()
  damaged = () => false
  await search()
  await tab.getByText(/Like plain.heic: \d+ pictures/).waitFor()
})

it.each(['element', 'quick'])('a changed byte in the code of %s is caught before it runs', async name => {
  expectComplaints(/integrity/)
  damaged = path => new RegExp(`/code/.*/${name}[^/]*\\.js$`).test(path)
  const tab = await openTab(host.url)
  if (name === 'quick') await box(tab).fill('coffee')
  await tab.getByText(/search is being updated/).waitFor()
  expect(await pictures(tab).count()).toBe(0)
})

it.each([
  'full-search',
  'library.worker',
  'encoder.worker',
  'decoder.worker',
  'ort',
  'core/picfind-core.js',
  'core/picfind-core.wasm',
  'runtime/',
])('a changed byte in the code of full search is caught before it runs: %s', async name => {
  expectComplaints(/integrity/)
  damaged = path => path.includes(`/${name}`) && path.includes('/code/')
  const tab = await openTab(host.url)
  await find(tab, 'coffee')
  const quick = await alts(tab)
  await tab.getByRole('button', { name: /Load full search/ }).click()
  await tab.getByText('Full search could not be loaded').waitFor()
  expect(await alts(tab)).toEqual(quick)
})
