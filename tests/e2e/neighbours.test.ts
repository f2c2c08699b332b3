import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newContext, openPage, starterFolder, status, useChromium, useSite } from './harness.ts'

useChromium()
const site = useSite()

/** One origin with a Picfind under `/`, `/one/` and `/one/two/`. */
const origin = createServer((asked, answer) => {
  const path = asked.url?.replace(/^\/one\/(two\/)?/, '/')
  const passed = request(new URL(path ?? '/', site.url), { headers: asked.headers }, found => {
    answer.writeHead(found.statusCode ?? 500, found.headers)
    found.pipe(answer)
  })
  passed.end()
})
let base: string
beforeAll(async () => {
  await new Promise<void>(resolve => origin.listen(0, '127.0.0.1', resolve))
  base = `http://localhost:${(origin.address() as AddressInfo).port}`
})
afterAll(() => {
  origin.closeAllConnections()
  origin.close()
})

test('Picfinds under one origin keep libraries, settings and service workers of their own', async () => {
  const context = await newContext()
  const paths = ['/', '/one/', '/one/two/']
  const own = { '/one/': 2, '/one/two/': 1 }
  for (const [path, count] of Object.entries(own)) {
    const page = await openPage(context, base + path)
    await expect.poll(() => status(page).textContent()).toBe('60 pictures, newest first')
    await page.getByRole('button', { name: 'Add pictures' }).click()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('menuitem', { name: 'Single pictures' }).click()
    const names = ['stone-windmill.jpg', 'roman-colosseum.jpg'].slice(0, count)
    await (await chooser).setFiles(names.map(name => starterFolder + name))
    await expect
      .poll(() => status(page).textContent(), { timeout: 60_000 })
      .toBe(`${count} picture${count > 1 ? 's' : ''}, newest first`)
  }
  for (const path of paths) {
    const page = await openPage(context, base + path)
    const count = { '/': 60, ...own }[path]
    await expect.poll(() => status(page).textContent()).toMatch(new RegExp(`^${count} pictures?,`))
    await page.getByRole('button', { name: 'Libraries' }).click()
    expect(await page.getByRole('menuitemradio').count()).toBe(path === '/' ? 1 : 2)
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope)
    expect(scope).toBe(base + path)
  }
})
