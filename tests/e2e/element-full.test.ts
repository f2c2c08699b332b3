import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { alts, box, find, openTab, pictures, useHosts } from './element-site.ts'
import { expectComplaints, newContext, starterFolder, useChromium } from './harness.ts'

useChromium()
const hosts = useHosts()

const loadButton = (tab: Page) => tab.getByRole('button', { name: /Load full search \(\d+ MB\)/ })

/** Asks what quick search's stand-in has no answer to, and waits for full search's. */
async function loadFull(tab: Page): Promise<void> {
  await box(tab).fill('raptor perching')
  await tab.getByText('“raptor perching”: no pictures found').waitFor()
  await loadButton(tab).click()
  await expect.poll(() => alts(tab), { timeout: 60_000 }).toContain('osprey-on-a-branch')
}

/** Full search has all that it will ever load. */
async function loaded(tab: Page): Promise<void> {
  await expect.poll(() => tab.getByRole('progressbar').count(), { timeout: 60_000 }).toBe(0)
}

describe('full search', () => {
  it('is offered with the size of what it then fetches, and works without a network afterwards', async () => {
    const { url, files, asked } = await hosts.serveBundle()
    const tab = await openTab(url)
    await box(tab).fill('raptor perching')
    const offered = await loadButton(tab).textContent()
    const counted = tab.evaluate(
      () =>
        new Promise<{ value: number; max: number }>(resolve => {
          const root = document.querySelector('picfind-search')!.shadowRoot!
          let last = { value: 0, max: 0 }
          new MutationObserver(() => {
            const bar = root.querySelector('progress')
            if (bar) last = { value: bar.value, max: bar.max }
            else if (last.max > 1) resolve(last)
          }).observe(root, { subtree: true, childList: true, attributes: true })
        }),
    )
    asked.length = 0
    await loadFull(tab)
    const { value, max } = await counted
    const fetched = new Set(asked.filter(path => !path.startsWith('pictures/') && path !== 'picfind/manifest.json'))
    const bytes = [...fetched].reduce((sum, path) => sum + files.get(path)!.length, 0)
    expect([value, max]).toEqual([bytes, bytes])
    expect(offered).toContain(`(${Math.round(bytes / 1e6)} MB)`)
    expect(await loadButton(tab).count()).toBe(0)
    expect(asked.filter(path => path.includes('vision'))).toEqual([])

    // Thumbnails are left to the browser.
    expectComplaints(/ERR_INTERNET_DISCONNECTED/)
    await tab.context().setOffline(true)
    await box(tab).fill('coffee')
    await expect.poll(async () => (await alts(tab))[0], { timeout: 30_000 }).toBe('espresso-in-a-red-cup')
    await tab.getByRole('button', { name: 'More like espresso-in-a-red-cup' }).click()
    await tab.getByText('Like espresso-in-a-red-cup: 20 pictures').waitFor()
  })

  it('goes on without a network in a page that is opened again, where the host lets the browser keep pages', async () => {
    const { url, asked } = await hosts.serveBundle(undefined, { host: { headers: { 'Cache-Control': 'max-age=600' } } })
    const tab = await openTab(url)
    await loadFull(tab)
    await loaded(tab)
    expectComplaints(/ERR_INTERNET_DISCONNECTED/)
    await tab.context().setOffline(true)
    asked.length = 0
    const again = await tab.context().newPage()
    await again.goto(url)
    await find(again, 'toad')
    await box(again).fill('raptor perching')
    await expect.poll(() => alts(again), { timeout: 30_000 }).toContain('osprey-on-a-branch')
    expect(asked).toEqual([])
  })

  it('asks only for what is missing where some of it has been kept', async () => {
    const { url, files } = await hosts.serveBundle()
    const tab = await openTab(url)
    await loadFull(tab)
    await loaded(tab)
    const words = [...files].find(([, bytes]) => bytes.length > 8e6 && bytes.length < 12e6)!
    await tab.evaluate(async name => {
      const cache = await caches.open('picfind-files')
      for (const request of await cache.keys()) if (request.url.endsWith(name)) await cache.delete(request)
    }, words[0])
    await tab.reload()
    await box(tab).fill('raptor perching')
    const size = `Load full search (${(words[1].length / 1e6).toFixed(1)} MB)`
    await tab.getByRole('button', { name: size }).waitFor()
  })

  it('is kept: at the next visit it is not asked for again', async () => {
    const { url, asked } = await hosts.serveBundle()
    const tab = await openTab(url)
    await loadFull(tab)
    await loaded(tab)
    await tab.reload()
    asked.length = 0
    await find(tab, 'toad')
    await expect.poll(() => alts(tab), { timeout: 30_000 }).toContain('orange-toad-on-a-leaf')
    await box(tab).fill('raptor perching')
    await expect.poll(() => alts(tab), { timeout: 30_000 }).toContain('osprey-on-a-branch')
    await loaded(tab)
    expect(asked.filter(path => /^picfind\/[0-9a-f]{64}$/.test(path)).length).toBeLessThan(4)
  })

  it('serves all elements of the page, once it is loaded in one', async () => {
    const { url } = await hosts.serveBundle(
      '<picfind-search id="a"></picfind-search><picfind-search id="b"></picfind-search>',
    )
    const tab = await openTab(url)
    await box(tab.locator('#b')).fill('raptor perching')
    await tab.getByText('no pictures found').waitFor()
    await box(tab.locator('#a')).fill('toad')
    await tab
      .locator('#a')
      .getByRole('button', { name: /Load full/ })
      .click()
    await expect.poll(() => alts(tab.locator('#b')), { timeout: 60_000 }).toContain('osprey-on-a-branch')
  })

  it('takes a picture where the bundle has the tower for it, and says what that costs', async () => {
    const { url } = await hosts.serveBundle(undefined, { pictures: true })
    const tab = await openTab(url)
    await find(tab, 'toad')
    const pick = tab.getByRole('button', { name: /Search by a picture of yours \(loads \d+ MB once\)/ })
    const chooser = tab.waitForEvent('filechooser')
    await pick.click()
    await (await chooser).setFiles(join(starterFolder, 'saturn-with-rings.jpg'))
    await expect.poll(async () => (await alts(tab))[0], { timeout: 60_000 }).toBe('saturn-with-rings')
    await tab.getByText('Like saturn-with-rings.jpg: 20 pictures').waitFor()
  })

  it('takes a picture that is dropped on it', async () => {
    const { url } = await hosts.serveBundle(undefined, { pictures: true })
    const tab = await openTab(url)
    await find(tab, 'toad')
    await tab.getByRole('button', { name: /Search by a picture/ }).waitFor()
    const bytes = readFileSync(join(starterFolder, 'saturn-with-rings.jpg')).toString('base64')
    const dropped = await tab.evaluateHandle(async base64 => {
      const transfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
      transfer.items.add(new File([bytes], 'planet.jpg', { type: 'image/jpeg' }))
      return transfer
    }, bytes)
    const element = tab.locator('picfind-search')
    await element.dispatchEvent('dragover', { dataTransfer: dropped })
    await tab.getByText(/Drop the picture to search by it \(loads \d+ MB once\)/).waitFor()
    await element.dispatchEvent('drop', { dataTransfer: dropped })
    await expect.poll(async () => (await alts(tab))[0], { timeout: 60_000 }).toBe('saturn-with-rings')
  })

  it('offers no picture search where the bundle has only the text tower', async () => {
    const { url } = await hosts.serveBundle()
    const tab = await openTab(url)
    await find(tab, 'toad')
    await loadButton(tab).waitFor()
    expect(await tab.getByRole('button', { name: /picture of yours/ }).count()).toBe(0)
  })

  it('is not offered where the page wants quick answers only', async () => {
    const { url } = await hosts.serveBundle('<picfind-search model="none"></picfind-search>')
    const tab = await openTab(url)
    await find(tab, 'toad')
    expect(await tab.getByRole('button', { name: /full search/ }).count()).toBe(0)
  })

  it('says so where it cannot be loaded, and quick answers go on', async () => {
    const { url, files } = await hosts.serveBundle()
    const tab = await openTab(url)
    await find(tab, 'toad')
    expectComplaints(/404|integrity/)
    for (const path of files.keys()) if (path.includes('/core/')) files.delete(path)
    await loadButton(tab).click()
    await tab.getByText('Full search could not be loaded.').waitFor()
    await box(tab).fill('otter')
    await expect.poll(() => alts(tab)).toEqual(['otter beside water'])
  })
})

describe('strict and insecure places', () => {
  it('works under a policy without eval, blobs and inline styles', async () => {
    const policy =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'"
    const { url } = await hosts.serveBundle(undefined, {
      pictures: true,
      host: { headers: { 'Content-Security-Policy': policy } },
    })
    const tab = await openTab(url)
    await find(tab, 'toad')
    await loadFull(tab)
    await loaded(tab)
    const chooser = tab.waitForEvent('filechooser')
    await tab.getByRole('button', { name: /Search by a picture/ }).click()
    await (await chooser).setFiles(join(starterFolder, 'saturn-with-rings.jpg'))
    await expect.poll(async () => (await alts(tab))[0], { timeout: 60_000 }).toBe('saturn-with-rings')
  })

  it('works over http on a local network, and says what https would add', async () => {
    const { url } = await hosts.serveBundle(undefined, { host: { name: 'house.test' } })
    const tab = await (await newContext()).newPage()
    await tab.goto(url)
    expect(await tab.evaluate(() => isSecureContext)).toBe(false)
    await find(tab, 'toad')
    await loadFull(tab)
    await loaded(tab)
    await tab.getByText('Over https the browser would keep it for the next visit.').waitFor()
    expect(await pictures(tab).count()).toBe(20)
  })
})
