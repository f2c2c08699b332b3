/** The whole way: a site, the command that indexes it, and the search in its page. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { picfind } from '../web/picfind-process.ts'
import { alts, box, filesIn, find, type Host, openTab, page, serve } from './element-site.ts'
import { starterFolder, useChromium } from './harness.ts'

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
  host = await serve(filesIn(folder), { folder: 'travel/' })
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
