/** Node and a page make the same vectors of the same pictures. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder, Library, sourceFromFolder } from 'picfind'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngineSite } from './engine-site.ts'
import { newContext, starterFolder, useChromium } from './harness.ts'

useChromium()

const place = mkdtempSync(join(tmpdir(), 'picfind-runtimes-'))
let site: Awaited<ReturnType<typeof startEngineSite>>
beforeAll(async () => {
  site = await startEngineSite({
    shipped: fileURLToPath(new URL('../../models', import.meta.url)),
    library: place,
    pictures: starterFolder,
  })
})
afterAll(() => {
  site.close()
  rmSync(place, { recursive: true, force: true })
})

const wanted = readdirSync(starterFolder).sort().slice(0, 12)

test('a picture encoded again in a page has the vector that it got in Node', async () => {
  const library = await Library.open({ store: folder(place), model: 'picfind-mini' })
  const all = sourceFromFolder(starterFolder, { name: 'pictures', wants: name => wanted.includes(name) })
  for await (const _ of library.add(all));
  expect((await library.info()).pictures).toBe(wanted.length)
  await library.close()

  const page = await (await newContext()).newPage()
  await page.goto(site.url)
  const found = await page.evaluate(async names => {
    const models = new URL('/shipped/', location.href).href
    const store = engine.http(new URL('/library/', location.href).href)
    const library = await engine.Library.open({ store, model: 'picfind-mini', assets: { ...assets, models } })
    const best: { id: string; score: number }[] = []
    for (const name of names) {
      const picture = await (await fetch(`/pictures/${name}`)).blob()
      // Scored by the float32 vector that Node has stored.
      const { 0: hit, rescored } = await library.search({ picture }, { k: 1 })
      best.push({ id: hit!.id, score: rescored === 'full' ? hit!.score : 0 })
    }
    await library.close()
    return best
  }, wanted)
  expect(found.map(({ id }) => id)).toEqual(wanted.map(name => `pictures/${name}`))
  for (const { id, score } of found) expect(score, id).toBeGreaterThanOrEqual(0.9999)
})
