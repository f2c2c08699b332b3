/** Searches that the page leaves to the server. */
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectComplaints, namesInSight, newContext, searchFor, status, useChromium } from '../e2e/harness.ts'
import { Gateway } from './gateway.ts'
import { blobOf, nameOf, vectorOf } from './vectors.ts'
import { startZoo, type Zoo } from './zoo.ts'

const count = 600

let client: Zoo['client']
let server: Zoo['server']
let stop: Zoo['stop']
let gateway: Gateway

beforeEach(async () => {
  ;({ client, server, stop } = await startZoo(count))
  gateway = await Gateway.start(server.url)
})

afterEach(async () => {
  await gateway.stop()
  await stop()
})
// Pages go before what they talk to: hooks that come later run first.
useChromium()

async function open(path = '', memory?: number): Promise<Page> {
  const context = await newContext()
  await context.addInitScript(gibibytes => {
    if (gibibytes) Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => gibibytes })
  }, memory)
  const page = await context.newPage()
  await page.goto(gateway.url + path)
  return page
}

/** What a page was still loading when it was left. */
const leaving = /ERR_FAILED|ERR_ABORTED|fetching the script/

const says = (page: Page, text: string | RegExp) =>
  expect.poll(() => status(page).textContent(), { timeout: 30_000 }).toMatch(text)

const first = (page: Page, name: string) =>
  expect.poll(async () => (await namesInSight(page))[0], { timeout: 30_000 }).toBe(name)

/** How many of the first ten hits are among these: the server scores by float32, the copy by int8. */
const shared = async (page: Page, names: string[]) =>
  (await namesInSight(page)).slice(0, 10).filter(name => names.includes(name)).length

test('a library larger than what the device should hold is asked on its server, and nothing of it is copied', async () => {
  const page = await open('', 0.0001)
  await says(page, /^600 pictures, searched on the server/)
  await searchFor(page, 'a bird')
  await says(page, /“a bird”/)
  await expect.poll(async () => (await namesInSight(page)).length, { timeout: 30_000 }).toBeGreaterThan(5)
  expect(gateway.files()).toEqual([])
})

test('a search moves to the server and back with its query, and finds the same', async () => {
  expectComplaints(leaving)
  const page = await open(`?library=zoo&like=${encodeURIComponent(`zoo/${nameOf(7)}`)}`)
  await expect.poll(async () => (await namesInSight(page)).length, { timeout: 30_000 }).toBeGreaterThan(5)
  const here = (await namesInSight(page)).slice(0, 10)
  await page.getByRole('button', { name: 'Search on the server' }).click()
  await page.getByRole('button', { name: /Copy it here/ }).waitFor({ timeout: 30_000 })
  await expect.poll(() => shared(page, here), { timeout: 30_000 }).toBeGreaterThan(8)
  expect(page.url()).toContain('like=')
  await page.reload()
  await page.getByRole('button', { name: /Copy it here/ }).click()
  await page.getByRole('button', { name: 'Search on the server' }).waitFor({ timeout: 30_000 })
  await expect.poll(() => shared(page, here), { timeout: 30_000 }).toBeGreaterThan(8)
})

test('a picture that is added is found on the server too, and its details are shown by its address', async () => {
  expectComplaints(leaving)
  const page = await open(`?library=zoo&like=${encodeURIComponent(`zoo/${nameOf(7)}`)}`, 0.0001)
  await expect.poll(async () => (await namesInSight(page)).length, { timeout: 30_000 }).toBeGreaterThan(5)
  await client.hSet('img:new.jpg', { vector: blobOf(vectorOf(7)) })
  await first(page, 'new.jpg')
  await page.goto(`${gateway.url}?library=zoo&view=${encodeURIComponent('zoo/new.jpg')}`)
  await expect.poll(() => page.locator('large-view dl').textContent(), { timeout: 30_000 }).toContain('zoo')
})
