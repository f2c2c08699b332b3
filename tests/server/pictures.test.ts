/** Where the pictures of a shared library are, and what the page shows of them. */
import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectComplaints, newContext, picture, useChromium } from '../e2e/harness.ts'
import { checkout, starterPictures } from '../web/picfind-process.ts'
import { everyoneWrites, type RedisClient, RunningRedis, RunningServer } from './processes.ts'
import { blobOf, vectorOf } from './vectors.ts'

const names = ['bull-moose-lying-in-a-meadow.jpg', 'orange-toad-on-a-leaf.jpg']

let redis: RunningRedis
let client: RedisClient
let server: RunningServer | undefined
let cdn: Server | undefined

beforeEach(async () => {
  redis = await RunningRedis.start()
  client = await redis.client()
  for (const [i, name] of names.entries()) {
    const known = { title: name, width: 320, height: 240, file: `pictures/${name}` }
    await client.hSet(`img:${name}`, { vector: blobOf(vectorOf(i)), ...known })
  }
})

afterEach(async () => {
  await server?.stop()
  cdn?.close()
  cdn?.closeAllConnections()
  cdn = undefined
  await client.close()
  await redis.stop()
})
// Pages go before what they talk to: hooks that come later run first.
useChromium()

async function serve(...args: string[]): Promise<RunningServer> {
  server = await RunningServer.start(redis, args)
  await server.publishes(names.length)
  return server
}

/** A host that gives the starter pictures under /pictures/, and says nothing to pages of others unless it has headers for that. */
async function serveElsewhere(headers: Record<string, string>): Promise<string> {
  const host = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'image/jpeg', ...headers })
    createReadStream(join(starterPictures, (request.url ?? '').replace('/pictures/', ''))).pipe(response)
  })
  cdn = host
  await new Promise<void>(resolve => host.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(host.address() as AddressInfo).port}/`
}

async function open(url: string): Promise<Page> {
  const page = await (await newContext()).newPage()
  await page.goto(url.replace('127.0.0.1', 'localhost'))
  await page.locator('[data-place="1"]').waitFor()
  return page
}

/** Pixels of the picture in the large view, as they came. */
async function shownSize(page: Page): Promise<[number, number]> {
  await page.locator('[data-place="0"]').click()
  const image = page.locator('large-view .stage img')
  await expect
    .poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth), { timeout: 30_000 })
    .toBeGreaterThan(320)
  return image.evaluate((shown: HTMLImageElement) => [shown.naturalWidth, shown.naturalHeight])
}

test('originals of a folder are shown, and small versions made of them', async () => {
  const { url, library } = await serve('--pictures', starterPictures, '--fields', 'width,height')
  const page = await open(url)
  await picture(page, 0).waitFor()
  await picture(page, 1).waitFor()
  await shownSize(page)
  for (const path of ['..%2fNOTICE', '%2e%2e/NOTICE', '.hidden']) {
    expect((await fetch(`${library}pictures/${path}`)).status).toBe(404)
  }
})

test('small versions that one who may write has made are there for all, until their pictures are deleted', async () => {
  const { url, library } = await serve(...everyoneWrites, '--pictures', starterPictures, '--purge-after', '1')
  const page = await open(url)
  await picture(page, 0).waitFor()
  const thumbnailOf = async (name: string) => {
    const response = await fetch(`${library}records/${name}`)
    return response.ok ? ((await response.json()) as { record: { thumbnail?: string } }).record.thumbnail : undefined
  }
  await expect.poll(() => thumbnailOf(names[0]!), { timeout: 30_000 }).toMatch(/^thumbnails\/[0-9a-f]{16}\.jpg$/)
  const thumbnail = library + (await thumbnailOf(names[0]!))
  expect((await fetch(thumbnail)).headers.get('content-type')).toBe('image/jpeg')
  // One who only looks keeps it as well, for as long as the picture is there.
  const reader = await open(url)
  const kept = () =>
    reader.evaluate(async id => {
      const requests = await (await caches.open('picfind-files')).keys()
      return requests.filter(({ url }) => new URL(url).searchParams.get('of') === id).length
    }, `zoo/${names[0]}`)
  await expect.poll(kept, { timeout: 30_000 }).toBe(1)
  expect((await fetch(`${library}records/${names[0]}`, { method: 'DELETE' })).status).toBe(204)
  await expect.poll(kept, { timeout: 30_000 }).toBe(0)
  await expect.poll(async () => (await fetch(thumbnail)).status, { timeout: 30_000 }).toBe(404)
})

test.each([
  ['{key}', 'pictures/{key}'],
  ['a field', '{file}'],
])('originals of another host, by %s, are shown, and small versions made where it allows that', async (_, template) => {
  const host = await serveElsewhere({ 'Access-Control-Allow-Origin': '*' })
  const { url } = await serve('--pictures', host + template, '--fields', 'file')
  const page = await open(url)
  await picture(page, 0).waitFor()
  await shownSize(page)
})

test('originals that the page may not read it still shows', async () => {
  expectComplaints(/CORS policy|Failed to load resource/)
  const host = await serveElsewhere({})
  const { url } = await serve('--pictures', `${host}pictures/{key}`)
  const page = await open(url)
  await expect.poll(() => page.locator('[data-place="0"] span').textContent()).toMatch(/jpg$/)
  await shownSize(page)
  const opened = page.context().waitForEvent('page')
  await page.getByRole('button', { name: 'Open the original' }).click()
  await expect.poll(async () => (await opened).url()).toMatch(`${host}pictures/`)
})

test('what is known of a picture is shown, and what is not is left out', async () => {
  const { url } = await serve('--fields', 'width,height')
  const page = await open(url)
  await page.locator('[data-place="0"]').click()
  const details = page.locator('large-view dl')
  await expect.poll(() => details.textContent()).toContain('320 × 240')
  expect(await details.textContent()).not.toMatch(/undefined|NaN|Size|Type/)
})

test.each([
  ['https://cdn.example/', 'an address without a field'],
  ['https://cdn.example/{secret}', 'a field that is not served'],
  ['https://cdn.example/{key', 'half a field'],
])('--pictures %s is refused: %s', place => {
  const args = [
    '--library',
    'zoo',
    '--model',
    'picfind-mini',
    '--models',
    join(checkout, 'models'),
    '--pictures',
    place,
  ]
  const { status, stderr } = spawnSync(join(checkout, 'build', 'picfind-server'), args, { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toMatch(/--pictures: expected a folder, or an address/)
})
