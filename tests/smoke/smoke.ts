/** What every browser has to do: index, keep, find by words, and search a site's bundle by its element. */
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { serveSite } from '../../dist/cli/serve-site.js'
import { startSite } from '../e2e/harness.ts'
import { names, pathOf } from './album.ts'
import { click, expectFirst, expectText, type SmokeBrowser, searchFor } from './tab.ts'

interface Place {
  url: string
  close(): Promise<void> | void
}

async function startAlbum(): Promise<Place> {
  const { url, server } = await serveSite({ folder: inject('album'), port: 0, host: '127.0.0.1', isolate: false })
  return {
    url,
    close() {
      server.close()
      server.closeAllConnections()
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
  })
  // A new one each time: a test must find nothing of the one before.
  beforeEach(async () => {
    browser = await start()
    return () => browser.close()
  })
  afterAll(() => Promise.all([page?.close(), album?.close()]))

  test('the page searches the starter pictures, a library on a site', async () => {
    await browser.tab.open(page.url)
    await expectText(browser.tab, '.status [role=status]', '60 pictures')
    await searchFor(browser.tab, 'espresso')
    await expectFirst(browser.tab, '[data-place] img', 'espresso-in-a-red-cup.jpg')
  })

  test('the page indexes pictures, finds them by words and, where it may keep them, has them after a reload', async () => {
    const { tab } = browser
    await tab.open(page.url)
    await click(tab, 'button', 'Add single pictures')
    await tab.chooseFiles('[data-picks=pictures]', names.map(pathOf))
    await expectText(tab, 'section', '6 pictures added')
    await searchFor(tab, 'frog')
    await expectFirst(tab, '[data-place] img', 'orange-toad-on-a-leaf.jpg')
    await tab.open(page.url)
    await expectText(tab, '.status [role=status]', `${browser.keeps ? 6 : 60} pictures, newest first`)
    await searchFor(tab, 'otter')
    await expectFirst(tab, '[data-place] img', 'otter-beside-water.jpg')
    expect(browser.complaints()).toEqual([])
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
    expect(browser.complaints()).toEqual([])
  })
}
