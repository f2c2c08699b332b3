import { readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numbered } from '../web/fixtures/pictures.ts'
import { random } from '../web/fixtures/random.ts'
import { startEngineSite } from './engine-site.ts'
import { newContext, useChromium } from './harness.ts'

useChromium()

let site: Awaited<ReturnType<typeof startEngineSite>>
beforeAll(async () => {
  site = await startEngineSite()
})
afterAll(() => site.close())

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(site.url)
  await page.waitForFunction(() => 'engine' in globalThis)
  return page
}

/** Writes files into a folder of the browser's own, which stands in for one the person has picked: a picker cannot be driven. */
async function writePictures(page: Page, files: Record<string, Uint8Array>): Promise<void> {
  const encoded = Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')] as const)
  await page.evaluate(async entries => {
    const root = await navigator.storage.getDirectory()
    for (const [path, base64] of entries) {
      const parts = path.split('/')
      let folder = await root.getDirectoryHandle('holiday', { create: true })
      for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true })
      const file = await folder.getFileHandle(parts[parts.length - 1]!, { create: true })
      const stream = await file.createWritable()
      await stream.write(Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)))
      await stream.close()
    }
  }, encoded)
}

/** Opens the library `mine` in the page and gives what is asked of it. */
function inLibrary<T, A>(
  page: Page,
  ask: (library: InstanceType<typeof engine.Library>, given: A) => Promise<T>,
  given: A,
) {
  return page.evaluate(
    async ([source, argument]) => {
      const shared = globalThis as { library?: InstanceType<typeof engine.Library> }
      shared.library ??= await engine.Library.open({ store: engine.opfs('mine'), model: 'tiny-model', assets })
      const run = new Function('library', 'given', `return (${source})(library, given)`)
      return run(shared.library, argument)
    },
    [ask.toString(), given] as const,
  ) as Promise<T>
}

/** Adds the folder `holiday` and gives the last progress, or the code of the error. */
function addHoliday(page: Page): Promise<{ phase: string; indexed: number; unchanged: number; code?: string }> {
  return inLibrary(
    page,
    async library => {
      const root = await navigator.storage.getDirectory()
      let last: unknown
      try {
        for await (const progress of library.add(engine.sourceFromHandle(await root.getDirectoryHandle('holiday')))) {
          last = progress
        }
      } catch (error) {
        return { code: (error as { code: string }).code }
      }
      return last as never
    },
    undefined,
  ) as never
}

const pictures = (count: number, from = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${(from + n) % 7}/${from + n}.bmp`, numbered(from + n)]))

const count = (page: Page) => inLibrary(page, async library => (await library.info()).pictures, undefined)

describe('a library in the browser', () => {
  test('is there after a reload, with its folder, and nothing is indexed twice', async () => {
    const context = await newContext()
    const page = await openTab(context)
    await writePictures(page, pictures(100))
    expect(await addHoliday(page)).toMatchObject({ phase: 'done', indexed: 100 })
    await page.reload()
    await page.waitForFunction(() => 'engine' in globalThis)
    expect(await count(page)).toBe(100)
    const found = await inLibrary(
      page,
      async library => {
        const hits = await library.search('red', { k: 1 })
        const [hit] = hits
        const original = await library.original(hit!.id)
        const thumbnail = await library.thumbnail(hit!.id)
        const source = await library.source('holiday')
        let last: unknown
        for await (const progress of library.add(source!)) last = progress
        const { rescored, tower } = hits
        return {
          rescored,
          tower,
          original: original?.size,
          thumbnail: thumbnail?.slice(0, 2),
          last: last as { unchanged: number },
        }
      },
      undefined,
    )
    expect(found).toMatchObject({ rescored: 'full', tower: 'graph' })
    expect(found.original).toBe(numbered(0).length)
    expect(Object.values(found.thumbnail!)).toEqual([0xff, 0xd8])
    expect(found.last).toMatchObject({ phase: 'done', indexed: 0, unchanged: 100 })
  })

  test('a second tab follows what the first writes, and may not write meanwhile', async () => {
    const context = await newContext()
    const [first, second] = [await openTab(context), await openTab(context)]
    expect(await count(second)).toBe(0)
    await writePictures(first, pictures(600))
    const adding = addHoliday(first)
    await expect.poll(() => count(second), { timeout: 60_000 }).toBeGreaterThan(0)
    expect(await addHoliday(second)).toEqual({ code: 'busy' })
    expect(await adding).toMatchObject({ phase: 'done', indexed: 600 })
    await expect.poll(() => count(second)).toBe(600)
    expect(await inLibrary(second, library => library.search('red', { k: 5 }), undefined)).toHaveLength(5)
    expect(await inLibrary(second, async library => (await library.info()).notices, undefined)).toEqual([])

    await inLibrary(first, library => library.destroy(), undefined)
    await expect.poll(() => count(second)).toBe(0)
    expect(await first.evaluate(() => engine.listLibraries())).toEqual([])
  })

  test('a tab closed while it indexes loses at most 64 pictures', async () => {
    const context = await newContext()
    const watcher = await openTab(context)
    await writePictures(watcher, pictures(1200))
    const next = random(3)
    for (let kill = 0; kill < 10; kill++) {
      const page = await openTab(context)
      const before = await count(page)
      if (before > 1000) break
      void addHoliday(page).catch(() => undefined)
      await expect.poll(() => count(watcher), { timeout: 60_000, interval: 5 }).toBeGreaterThan(before)
      await page.evaluate(delay => new Promise(resolve => setTimeout(resolve, delay)), 400 * next())
      const seen = await count(page)
      await page.close()
      const after = await openTab(context)
      expect(await count(after)).toBeGreaterThanOrEqual(seen)
      expect(await inLibrary(after, async library => (await library.info()).notices, undefined)).toEqual([])
      expect(await inLibrary(after, library => library.search('blue', { k: 1 }), undefined)).toHaveLength(1)
      await after.close()
    }
    const last = await openTab(context)
    expect(await addHoliday(last)).toMatchObject({ phase: 'done' })
    expect(await count(last)).toBe(1200)
  }, 300_000)

  test('a manifest torn while it was written leaves the one before', async () => {
    const context = await newContext()
    const page = await openTab(context)
    await writePictures(page, pictures(64))
    await addHoliday(page)
    await writePictures(page, pictures(64, 64))
    await addHoliday(page)
    const torn = await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory()
      const folder = await (await root.getDirectoryHandle('picfind')).getDirectoryHandle('mine')
      const slots = await Promise.all(
        ['manifest-a', 'manifest-b'].map(async name => {
          const handle = await folder.getFileHandle(name)
          return { handle, text: await (await handle.getFile()).text() }
        }),
      )
      slots.sort((a, b) => Number.parseInt(b.text, 10) - Number.parseInt(a.text, 10))
      const stream = await slots[0]!.handle.createWritable()
      await stream.write(slots[0]!.text.slice(0, 200))
      await stream.close()
      return slots.map(({ text }) => Number.parseInt(text, 10))
    })
    expect(torn[0]).toBe(torn[1]! + 1)
    const again = await openTab(context)
    expect(await count(again)).toBeGreaterThanOrEqual(64)
    expect(await inLibrary(again, async library => (await library.info()).notices, undefined)).toEqual([])
    expect(await addHoliday(again)).toMatchObject({ phase: 'done' })
    expect(await count(again)).toBe(128)
  })

  test('a file that is there already is written again only where a killed writer has left it torn', async () => {
    const page = await openTab(await newContext())
    const result = await page.evaluate(async () => {
      const name = 'a'.repeat(64)
      const whole = Uint8Array.from({ length: 1000 }, (_, i) => i)
      const store = new OpfsStore('mine')
      const lock = await store.lockWriter()
      const create = FileSystemFileHandle.prototype.createWritable
      let writes = 0
      FileSystemFileHandle.prototype.createWritable = function (...options) {
        writes++
        return create.apply(this, options)
      }
      const counts: number[] = []
      for (const bytes of [whole, whole, whole.subarray(0, 600), whole]) {
        await store.write(name, bytes)
        counts.push(writes)
      }
      const kept = await store.read(name)
      await lock?.release()
      store.close()
      return { counts, kept: kept?.length }
    })
    expect(result).toEqual({ counts: [1, 1, 2, 3], kept: 1000 })
  })

  test('parts of a file are read in pages and workers alike, while others read it too', async () => {
    const context = await newContext()
    const page = await openTab(context)
    const read = await page.evaluate(async () => {
      const store = new OpfsStore('parts')
      const lock = await store.lockWriter()
      const name = 'd'.repeat(64)
      await store.write(
        name,
        Uint8Array.from({ length: 100 }, (_, i) => i),
      )
      await lock?.release()
      const parts = [
        { offset: 97, length: 3 },
        { offset: 0, length: 2 },
      ]
      const inWorker = (offset: number) => readPartsInWorker('parts', name, [...parts, { offset, length: 3 }])
      const all = await Promise.all([inWorker(5), inWorker(6), inWorker(98), readParts(store, name, parts)])
      const absent = await readPartsInWorker('parts', 'e'.repeat(64), parts)
      return [...all, absent].map(found => found?.map(part => [...part]))
    })
    const both = [
      [97, 98, 99],
      [0, 1],
    ]
    expect(read).toEqual([[...both, [5, 6, 7]], [...both, [6, 7, 8]], undefined, both, undefined])
    await context.close()
  })

  test('files that a tab keeps open between reads are removed by another all the same', async () => {
    const context = await newContext()
    const [one, other] = [await openTab(context), await openTab(context)]
    const name = 'd'.repeat(64)
    const write = (page: Page) =>
      page.evaluate(async name => {
        const store = new OpfsStore('kept-open')
        const lock = await store.lockWriter()
        await store.write(name, Uint8Array.of(1, 2, 3))
        await lock?.release()
        store.close()
      }, name)
    await write(one)
    expect(await one.evaluate(name => readAgain('kept-open', name, 40), name)).toEqual({ read: 40, opened: 1 })
    const left = (how: 'clean' | 'remove') =>
      other.evaluate(
        async ([how, name]) => {
          const store = new OpfsStore('kept-open')
          await store.publish(Uint8Array.of(1), 1)
          await (how === 'clean' ? store.clean(new Set()) : store.remove())
          const file = await store.read(name)
          store.close()
          return file?.length
        },
        [how, name] as const,
      )
    expect(await left('clean')).toBeUndefined()
    expect(await one.evaluate(name => readAgain('kept-open', name, 1), name)).toEqual({ read: 0, opened: 0 })
    await write(other)
    expect(await one.evaluate(name => readAgain('kept-open', name, 40), name)).toEqual({ read: 40, opened: 1 })
    expect(await left('remove')).toBeUndefined()
    await context.close()
  })

  test('of two tabs one builds the graph of a large library, and the other takes it', async () => {
    const context = await newContext()
    const tabs = [await openTab(context), await openTab(context)]
    const rows = await tabs[0]!.evaluate(() => large('make', 'mine'))
    const built = await Promise.all(tabs.map(tab => tab.evaluate(() => large('build', 'mine'))))
    expect(built.map(({ graphRows }) => graphRows)).toEqual([rows, rows])
    expect(built.map(({ begun }) => begun).sort()).toEqual([0, 1])
    await context.close()
  })

  test('no space left is said, and nothing that was there is lost', async () => {
    const context = await newContext()
    const page = await openTab(context)
    await writePictures(page, pictures(600))
    const devtools = await context.newCDPSession(page)
    const { usage } = await page.evaluate(() => navigator.storage.estimate())
    const origin = new URL(site.url).origin
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: (usage ?? 0) + 300_000 })
    expect(await addHoliday(page)).toEqual({ code: 'no-space' })
    const kept = await count(page)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin })
    const again = await openTab(context)
    expect(await count(again)).toBe(kept)
    expect(await addHoliday(again)).toMatchObject({ phase: 'done', unchanged: kept })
    expect(await count(again)).toBe(600)
  })
})

describe('formats that the browser or a library decodes', () => {
  test('WebP, AVIF, HEIC and TIFF give the vector of the same picture as PNG', async () => {
    const [width, height] = [64, 48]
    const pixels = Buffer.alloc(width * height * 3)
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [i % width, Math.floor(i / width)]
      pixels.set(y < 12 ? [240, 240, 240] : x < 32 ? [200, 40, 40] : [40, 40, 200], 3 * i)
    }
    const picture = () => sharp(pixels, { raw: { width, height, channels: 3 } })
    const context = await newContext()
    const page = await openTab(context)
    await writePictures(page, {
      'a.png': await picture().png().toBuffer(),
      'b.webp': await picture().webp({ lossless: true }).toBuffer(),
      'c.avif': await picture().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer(),
      'd.heic': readFileSync(new URL('../data/formats/plain.heic', import.meta.url)),
      'e.tif': await picture().tiff({ compression: 'lzw' }).toBuffer(),
      'f.webp': await picture().rotate(-90).webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer(),
    })
    expect(await addHoliday(page)).toMatchObject({ phase: 'done', indexed: 6 })
    const hits = await inLibrary(page, library => library.search({ like: 'holiday/a.png' }), undefined)
    expect(hits.map(hit => hit.path).sort()).toEqual(['b.webp', 'c.avif', 'd.heic', 'e.tif', 'f.webp'])
    for (const { path, score } of hits) expect(score, path).toBeGreaterThan(0.999)
    expect(hits.find(hit => hit.path === 'b.webp')?.score).toBeCloseTo(1, 6)
  })
})
