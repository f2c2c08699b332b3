/** The page as a client of a shared library: the real server, Redis and Chromium. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import {
  expectComplaints,
  namesInSight,
  newContext,
  notices,
  openManageDialog,
  status,
  useChromium,
} from '../e2e/harness.ts'
import { temporaryFolder } from '../web/picfind-process.ts'
import { Gateway } from './gateway.ts'
import { filesOf } from './library-files.ts'
import { type RedisClient, type RunningRedis, RunningServer } from './processes.ts'
import { addPictures, blobOf, nameOf, range, vectorOf } from './vectors.ts'
import { startZoo, type Zoo } from './zoo.ts'

const count = 600

let redis: RunningRedis
let client: RedisClient
let server: RunningServer
let stop: Zoo['stop']
let gateway: Gateway

beforeEach(async () => {
  ;({ redis, client, server, stop } = await startZoo(count, ['--fields', 'title']))
  gateway = await Gateway.start(server.url)
})

afterEach(async () => {
  await gateway.stop()
  await stop()
})
// Pages go before what they talk to: hooks that come later run first.
useChromium()

/** Every page of a test that cuts the way reports that it was cut. */
const cutComplaints =
  /fetching the script|ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|SOCKET)|Failed to (load resource|fetch)/

const has = (page: Page, pictures: number) =>
  expect.poll(() => status(page).textContent(), { timeout: 30_000 }).toBe(`${pictures} pictures, newest first`)

async function openShared(url = gateway.url): Promise<Page> {
  const page = await (await newContext()).newPage()
  await page.goto(url)
  await has(page, count)
  return page
}

/** Until every file of the library is kept in the browser. */
async function allKept(page: Page): Promise<void> {
  const files = [...(await filesOf(server)).keys()]
  const kept = () =>
    page.evaluate(async () => {
      const requests = await (await caches.open('picfind-files')).keys()
      return requests.map(({ url }) => url.slice(url.lastIndexOf('/') + 1))
    })
  await expect.poll(kept, { timeout: 30_000 }).toEqual(expect.arrayContaining(files))
}

/** Asks for what is like a picture of the library. */
async function askLike(page: Page, name: string): Promise<void> {
  await page.evaluate(id => {
    history.pushState({}, '', `?like=${encodeURIComponent(id)}`)
    dispatchEvent(new PopStateEvent('popstate'))
  }, `zoo/${name}`)
}

test('a picture that somebody adds is found, and one that somebody removes is not', async () => {
  const page = await openShared()
  await client.hSet('img:new.jpg', { vector: blobOf(vectorOf(7)), title: 'new' })
  await has(page, count + 1)
  await askLike(page, nameOf(7))
  await expect.poll(async () => (await namesInSight(page))[0]).toBe('new.jpg')
  await client.del('img:new.jpg')
  await expect.poll(async () => (await namesInSight(page)).includes('new.jpg')).toBe(false)
})

test('a record without a picture shows its name', async () => {
  // The page goes while it is being kept for offline use.
  expectComplaints(/fetching the script/)
  const page = await openShared()
  await expect.poll(() => page.locator('[data-place="0"] span').textContent()).toMatch(/^\d{5}\.jpg$/)
})

test('without the server the copy answers, and what happened meanwhile is there when it is back', async () => {
  expectComplaints(cutComplaints)
  const page = await openShared()
  await allKept(page)
  await openManageDialog(page)
  await page.getByText('Ready to work offline').waitFor({ timeout: 60_000 })
  gateway.cut()
  await page.reload()
  await has(page, count)
  await askLike(page, nameOf(3))
  await expect.poll(async () => (await namesInSight(page)).length).toBeGreaterThan(5)
  await client.hSet('img:new.jpg', { vector: blobOf(vectorOf(3)) })
  await server.publishes(count + 1)
  gateway.mend()
  await expect.poll(async () => (await namesInSight(page))[0], { timeout: 60_000 }).toBe('new.jpg')
})

test('a connection that is lost in the middle of a sync is gone on with, and no file is fetched twice', async () => {
  expectComplaints(cutComplaints)
  const file = /\/[0-9a-f]{64}$/
  gateway.cutAfter(3, file)
  const page = await (await newContext()).newPage()
  await page.goto(gateway.url)
  await expect.poll(() => gateway.refused, { timeout: 30_000 }).toBeGreaterThan(0)
  gateway.mend()
  await has(page, count)
  await allKept(page)
  const paths = gateway.files().map(({ path }) => path)
  expect(paths.length).toBeGreaterThan(4)
  expect(new Set(paths).size).toBe(paths.length)
})

test.each([
  ['https, as localhost counts', 'localhost'],
  ['plain http', 'house.test'],
])('eight tabs hear of a change by one stream: %s', async (_, host) => {
  // The server says how the page is to be isolated, which only a secure address can be.
  if (host !== 'localhost') expectComplaints(/Cross-Origin-Opener-Policy/)
  const context = await newContext()
  const pages: Page[] = []
  for (let i = 0; i < 8; i++) {
    const page = await context.newPage()
    await page.goto(`http://${host}:${gateway.port}/`)
    await has(page, count)
    pages.push(page)
  }
  await expect.poll(() => gateway.streams).toBe(1)
  await addPictures(client, range(5000, 5001))
  for (const page of pages) await has(page, count + 1)
  // Whichever of them listens, another goes on.
  for (const page of pages.splice(0, 7)) await page.close()
  await expect.poll(() => gateway.streams, { timeout: 30_000 }).toBe(1)
  await addPictures(client, range(6000, 6001))
  await has(pages[0]!, count + 2)
})

test('a library that has begun anew with few pictures takes the place of the copy only when it is let', async () => {
  const page = await openShared()
  await allKept(page)
  await client.flushAll()
  await addPictures(client, range(0, 40))
  const notice = notices(page).locator('.notice').filter({ hasText: 'begun anew' })
  await notice.waitFor({ timeout: 60_000 })
  await has(page, count)
  await page.reload()
  await notice.waitFor({ timeout: 60_000 })
  await has(page, count)
  await notice.getByRole('button', { name: 'Take over' }).click()
  await has(page, 40)
})

test('a page asks for a token where one is needed, keeps it, and forgets it with the copy', async () => {
  expectComplaints(/401|403|Failed to load resource/)
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const tokens = join(folder.path, 'tokens')
  const token = 'a-token-that-may-read'
  writeFileSync(tokens, `reader read zoo never ${createHash('sha256').update(token).digest('hex')}\n`)
  const guarded = await RunningServer.start(redis, ['--tokens', tokens])
  onTestFinished(async () => void (await guarded.stop()))
  await guarded.said('connected to Redis')
  expect(JSON.parse(await guarded.manifest(token))).toMatchObject({ counts: { records: count } })
  const page = await (await newContext()).newPage()
  const url = guarded.url.replace('127.0.0.1', 'localhost')
  await page.goto(url)
  const field = page.locator('token-dialog input')
  await page.getByText('no pictures to try it on here').waitFor()
  await field.fill('another')
  await page.keyboard.press('Enter')
  await field.waitFor()
  await expect.poll(() => field.inputValue()).toBe('')
  await field.fill(token)
  await page.keyboard.press('Enter')
  await has(page, count)
  await page.reload()
  await has(page, count)

  // It counts no more: the copy answers, and the page says what is missing.
  writeFileSync(tokens, '# nobody\n')
  await client.hSet('img:new.jpg', { vector: blobOf(vectorOf(7)) })
  const notice = notices(page).locator('.notice').filter({ hasText: 'asks for a token' })
  await notice.waitFor({ timeout: 30_000 })
  await has(page, count)

  await page.getByRole('button', { name: 'Libraries:' }).click()
  await page.getByRole('menuitem', { name: 'All libraries' }).click()
  await page.getByRole('button', { name: 'Forget its token: zoo' }).click()
  await page.locator('confirm-dialog').getByRole('button', { name: 'Forget its token' }).click()
  await field.waitFor({ timeout: 30_000 })
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(token)
  await expect.poll(() => page.evaluate(async () => (await (await caches.open('picfind-files')).keys()).length)).toBe(0)
})
