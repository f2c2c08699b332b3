import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  addCode,
  alts,
  box,
  type Files,
  find,
  makeBundle,
  manifestOf,
  names,
  openTab,
  page,
  recordOf,
  useHosts,
} from './element-site.ts'
import { expectComplaints, useChromium } from './harness.ts'

useChromium()
const hosts = useHosts()

/** Another generation of the bundle in place of the one that is served. */
function publish(files: Files, next: Files, { keepOld = false } = {}): void {
  const own = (path: string) => path.startsWith('picfind/')
  if (!keepOld) for (const path of [...files.keys()]) if (own(path)) files.delete(path)
  for (const [path, bytes] of next) if (own(path)) files.set(path, bytes)
}

/** Full search answers what quick search's stand-in cannot. */
async function loadFull(tab: Page): Promise<void> {
  await tab.getByRole('button', { name: /Load full search/ }).click()
  await box(tab).fill('raptor perching')
  await expect.poll(() => alts(tab), { timeout: 60_000 }).toContain('osprey-on-a-branch')
}

/** A bundle whose pictures have other words. */
function nextBundle(code: Files): Files {
  return makeBundle({ code, records: names.map(name => ({ ...recordOf(name), alt: `second ${recordOf(name).alt}` })) })
}

describe('where a site may lie', () => {
  it('works under any path, from pages at any depth', async () => {
    const { url, files } = await hosts.serveBundle(undefined, { host: { folder: 'docs/v2/' } })
    files.set('deep/er/page.html', page('<picfind-search></picfind-search>', { folder: '../../' }))
    const tab = await openTab(`${url}deep/er/page.html`)
    await find(tab, 'toad')
    expect(await tab.getByRole('img').evaluate(image => (image as HTMLImageElement).src)).toBe(
      `${url}pictures/orange-toad-on-a-leaf.jpg`,
    )
    expect(await tab.getByRole('link').getAttribute('href')).toBe(`${url}blog/orange-toad-on-a-leaf.html`)
    await expect
      .poll(() => tab.getByRole('img').evaluate(image => (image as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0)
  })
})

describe('hosts that answer with a page of their own where a file is missing', () => {
  const otherwise = Buffer.from('<!doctype html><title>Not found</title>')

  it('do no harm while all is there', async () => {
    const { url } = await hosts.serveBundle(undefined, { host: { otherwise } })
    const tab = await openTab(url)
    await find(tab, 'toad')
  })

  it('are told from a bundle', async () => {
    const { url, files } = await hosts.serveBundle(undefined, { host: { otherwise } })
    files.delete('picfind/manifest.json')
    const tab = await openTab(url)
    await tab.getByText('Picture search is not here').waitFor()
  })

  it('get no wrong result shown for a file that is missing', async () => {
    const { url, files } = await hosts.serveBundle(undefined, { host: { otherwise } })
    const { bundle } = manifestOf(files)
    files.delete(`picfind/${bundle.file}`)
    const tab = await openTab(url)
    await box(tab).fill('toad')
    await tab.getByRole('alert').getByText('The search is being updated.').waitFor()
    expect(await tab.getByRole('img').count()).toBe(0)
  })
})

/** What the command names by its bytes, and the browser verifies. */
const isHashed = (path: string) => /^picfind\/[0-9a-f]{64}$/.test(path)

describe('hosts that alter what they send', () => {
  it('do no harm where they compress all of it and say so', async () => {
    const alter = (_: string, bytes: Buffer) => ({ bytes: gzipSync(bytes), headers: { 'Content-Encoding': 'gzip' } })
    const { url } = await hosts.serveBundle(undefined, { host: { alter } })
    const tab = await openTab(url)
    await find(tab, 'toad')
    await loadFull(tab)
  })

  it('get no wrong result shown where they compress files and do not say so', async () => {
    const alter = (path: string, bytes: Buffer) => ({ bytes: isHashed(path) ? gzipSync(bytes) : bytes })
    const { url } = await hosts.serveBundle(undefined, { host: { alter } })
    const tab = await openTab(url)
    await box(tab).fill('toad')
    await tab.getByRole('alert').getByText('The search is being updated.').waitFor()
    expect(await tab.getByRole('img').count()).toBe(0)
  })

  it('do no harm where they know no types but the oldest, as many a server does when it is installed', async () => {
    const plain = { 'Content-Type': 'application/octet-stream' }
    const alter = (path: string, bytes: Buffer) =>
      /\.(html|js|css|jpg)$|\/$|^$/.test(path) ? { bytes } : { bytes, headers: plain }
    const { url } = await hosts.serveBundle(undefined, {
      host: { alter, headers: { 'X-Content-Type-Options': 'nosniff' } },
    })
    expectComplaints(/wasm streaming compile failed|falling back to ArrayBuffer/)
    const tab = await openTab(url)
    await find(tab, 'toad')
    await loadFull(tab)
  })
})

describe('a bundle that changes', () => {
  it('is found in its new generation by a page of the old one whose files have gone', async () => {
    const { url, files } = await hosts.serveBundle()
    const tab = await openTab(url)
    await box(tab).waitFor()
    publish(files, nextBundle(hosts.code))
    await find(tab, 'toad')
    expect(await alts(tab)).toEqual(['second orange toad on a leaf'])
  })

  it('is asked for its manifest once more when a file has gone since it was read', async () => {
    const { url, files } = await hosts.serveBundle()
    const { bundle } = manifestOf(files)
    const old = files.get('picfind/manifest.json')!
    publish(files, nextBundle(hosts.code), { keepOld: true })
    const fresh = files.get('picfind/manifest.json')!
    // A cache in between still has the old manifest: at the first look, that is.
    let looks = 0
    files.get = path => {
      if (path === 'picfind/manifest.json') return ++looks <= 2 ? old : fresh
      return path === `picfind/${bundle.file}` ? undefined : Map.prototype.get.call(files, path)
    }
    expectComplaints(/404/)
    const tab = await openTab(url)
    await find(tab, 'toad')
    expect(await alts(tab)).toEqual(['second orange toad on a leaf'])
  })

  it('does not take row numbers of one generation for those of another', async () => {
    const { url, files } = await hosts.serveBundle()
    const tab = await openTab(url)
    await find(tab, 'toad')
    expectComplaints(/404/)
    publish(files, nextBundle(hosts.code))
    await tab.getByRole('button', { name: /More like/ }).click()
    await tab
      .getByText(/Like orange toad/)
      .first()
      .waitFor()
  })
})

describe('versions of loader and bundle', () => {
  it('the loader of the first release, which browsers have kept, starts today’s bundle', async () => {
    const { url, files } = await hosts.serveBundle()
    files.set('picfind/picfind.js', readFileSync(new URL('fixtures/picfind-0.1.js.txt', import.meta.url)))
    const tab = await openTab(url)
    await find(tab, 'toad')
  })

  it('an old loader starts a newer bundle, whatever else its manifest says', async () => {
    const { url } = await hosts.serveBundle(undefined, {
      manifest: { format: 2, counts: undefined, library: { somewhere: 'else' } },
      code: new Map([
        [
          'element.js',
          Buffer.from(
            "customElements.define('picfind-search', class extends HTMLElement { connectedCallback() { this.textContent = 'of the future' } })",
          ),
        ],
      ]),
    })
    const tab = await openTab(url)
    await tab.getByText('of the future').waitFor()
  })

  it('a newer loader starts an older bundle', async () => {
    const { url, files } = await hosts.serveBundle()
    const old: Files = new Map([...hosts.code, ['of-last-year.txt', Buffer.from('old')]])
    const manifest = manifestOf(files)
    manifest.bundle.code = addCode(files, old)
    files.set('picfind/manifest.json', Buffer.from(JSON.stringify(manifest)))
    const tab = await openTab(url)
    await find(tab, 'toad')
  })

  it.each([
    ['manifest', { manifest: { format: 2 } }],
    ['descriptor', { descriptor: { format: 2 } }],
  ])('code that meets a %s of a later format says so', async (_, changes) => {
    const { url } = await hosts.serveBundle(undefined, changes)
    const tab = await openTab(url)
    await box(tab).fill('toad')
    await tab.getByRole('alert').getByText('This search has been updated. Reload the page to use it.').waitFor()
  })

  it('a loader that meets a manifest without code says so', async () => {
    const { url } = await hosts.serveBundle('<picfind-search language="zh"></picfind-search>', {
      manifest: { format: 7, bundle: { somehow: 'else' } },
    })
    const tab = await openTab(url)
    await tab.getByText('此处没有图片搜索，或其版本比本页面新。').waitFor()
  })

  it('a loader that got last week’s manifest asks for today’s', async () => {
    const { url, files } = await hosts.serveBundle()
    const fresh = files.get('picfind/manifest.json')!
    const old = Buffer.from(
      JSON.stringify({ ...manifestOf(files), bundle: { code: '0123456789abcdef'.repeat(4), file: 'gone' } }),
    )
    let looks = 0
    files.get = path => {
      if (path === 'picfind/manifest.json') return ++looks === 1 ? old : fresh
      return Map.prototype.get.call(files, path)
    }
    expectComplaints(/404/)
    const tab = await openTab(url)
    await find(tab, 'toad')
  })

  it('a bundle without its code says that it is being updated', async () => {
    const { url, files } = await hosts.serveBundle()
    for (const path of [...files.keys()]) if (path.includes('/code/')) files.delete(path)
    expectComplaints(/404/)
    const tab = await openTab(url)
    await tab.getByText('Picture search is being updated.').waitFor()
  })
})
