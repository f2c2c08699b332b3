/** What every browser has to do: index, keep, find by words, and search a site's bundle by its element. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { serveSite } from '../../dist/cli/serve-site.js'
import { starterFolder, startSite } from '../e2e/harness.ts'
import { picfind } from '../web/picfind-process.ts'
import { click, expectFirst, expectText, type SmokeBrowser, searchFor } from './tab.ts'

const names = [
  'espresso-in-a-red-cup',
  'green-tea-fields',
  'orange-toad-on-a-leaf',
  'osprey-on-a-branch',
  'otter-beside-water',
  'saturn-with-rings',
]
const paths = names.map(name => join(starterFolder, `${name}.jpg`))

interface Place {
  url: string
  close(): Promise<void> | void
}

/** A site of one album that the command has indexed. */
async function startAlbum(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-smoke-'))
  mkdirSync(join(folder, 'photos'))
  for (const name of names) cpSync(join(starterFolder, `${name}.jpg`), join(folder, 'photos', `${name}.jpg`))
  const images = names.map(name => `<img src="photos/${name}.jpg" alt="${name}">`).join('\n')
  writeFileSync(join(folder, 'album.html'), `<!doctype html><title>Album</title>${images}`)
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><script type="module" src="picfind/picfind.js"></script><picfind-search></picfind-search>',
  )
  const { code, stderr } = await picfind(['index', folder, '--site', folder])
  expect(code, stderr).toBe(0)
  const { url, server } = await serveSite({ folder, port: 0, host: '127.0.0.1', isolate: false })
  return {
    url,
    close() {
      server.close()
      server.closeAllConnections()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function smokeTests(start: () => Promise<SmokeBrowser>): void {
  let browser: SmokeBrowser
  let page: Place
  let album: Place

  beforeAll(async () => {
    page = await startSite()
    album = await startAlbum()
    browser = await start()
  })
  afterEach(() => expect(browser.complaints()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await Promise.all([page?.close(), album?.close()])
  })

  test('the page searches the starter pictures, a library on a site', async () => {
    await browser.tab.open(page.url)
    await expectText(browser.tab, '.status [role=status]', '60 pictures')
    await searchFor(browser.tab, 'espresso')
    await expectFirst(browser.tab, '[data-place] img', 'espresso-in-a-red-cup.jpg')
  })

  test('the page indexes pictures, finds them by words and has them after a reload', async () => {
    const { tab } = browser
    await tab.open(page.url)
    await click(tab, 'button', 'Add single pictures')
    await tab.chooseFiles('[data-picks=pictures]', paths)
    await expectText(tab, 'section', '6 pictures added')
    await searchFor(tab, 'frog')
    await expectFirst(tab, '[data-place] img', 'orange-toad-on-a-leaf.jpg')
    await tab.open(page.url)
    await expectText(tab, '.status [role=status]', '6 pictures, newest first')
    await searchFor(tab, 'planet')
    await expectFirst(tab, '[data-place] img', 'saturn-with-rings.jpg')
  })

  test('the element answers words at once, finds more like a picture, and answers with full search', async () => {
    const { tab } = browser
    await tab.open(album.url)
    await searchFor(tab, 'coffee')
    await expectFirst(tab, '[part=grid] img', 'espresso-in-a-red-cup')
    await click(tab, 'button', 'More like espresso-in-a-red-cup')
    await expectText(tab, '.status', 'Like espresso-in-a-red-cup: 5 pictures')
    await click(tab, 'button', 'Clear the search')
    await searchFor(tab, 'a bird of prey watching from a tree')
    await click(tab, 'button', 'Load full search')
    await expectFirst(tab, '[part=grid] img', 'osprey-on-a-branch')
  })
}
