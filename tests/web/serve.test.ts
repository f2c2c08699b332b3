import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { picfind, start, starterPictures, temporaryFolder, tinyModel } from './picfind-process.ts'

const scratch = temporaryFolder()
let server: ChildProcessWithoutNullStreams
let address: URL

beforeAll(async () => {
  const library = join(scratch.path, 'holiday')
  const index = ['index', starterPictures, '--out', library, '--model', tinyModel]
  expect((await picfind(index)).code).toBe(0)
  const other = join(scratch.path, 'other', 'holiday')
  cpSync(library, other, { recursive: true })
  server = start(['serve', library, other, '--port', '0'])
  const [line] = await once(createInterface({ input: server.stdout }), 'line')
  address = new URL(/http:\S+/.exec(line)![0])
})

afterAll(() => {
  server.kill()
  scratch.remove()
})

/** Sends the path as it is; `fetch` would tidy it up first. */
function get(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const { hostname, port } = address
    request({ hostname, port, path, headers }, response => {
      response.resume()
      resolve({ status: response.statusCode!, headers: response.headers })
    })
      .on('error', reject)
      .end()
  })
}

test('serves the page cross-origin isolated', async () => {
  const page = await get('/')
  expect(page.status).toBe(200)
  expect(page.headers).toMatchObject({
    'content-type': expect.stringContaining('text/html'),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  })
})

test.each([
  ['/models/picfind-mini/vision.onnx', 'application/octet-stream'],
  ['/models/picfind-mini/model.json', 'application/json'],
  ['/starter/library/manifest.json', 'application/json'],
  ['/starter/pictures/orange-toad-on-a-leaf.jpg', 'image/jpeg'],
  ['/libraries/holiday/library/manifest.json', 'application/json'],
])('serves %s as %s', async (path, type) => {
  const { status, headers } = await get(path)
  expect(status).toBe(200)
  expect(headers['content-type']).toMatch(type)
})

test('lists the libraries it serves, numbered where they share a name', async () => {
  const libraries = await (await fetch(new URL('libraries.json', address))).json()
  expect(libraries).toEqual([
    { name: 'starter', url: 'starter/library/' },
    { name: 'holiday', url: 'libraries/holiday/library/' },
    { name: 'holiday 2', url: 'libraries/holiday%202/library/' },
  ])
})

test('lets browsers keep files named by their hash, and asks them to check all others', async () => {
  const manifest = await get('/libraries/holiday/library/manifest.json')
  expect(manifest.headers['cache-control']).toBe('no-cache')
  const text = await (await fetch(new URL('libraries/holiday/library/manifest.json', address))).text()
  const [name] = /[0-9a-f]{64}/.exec(text.slice(text.indexOf('segments')))!
  const file = await get(`/libraries/holiday/library/${name}`)
  expect(file.status).toBe(200)
  expect(file.headers['cache-control']).toContain('immutable')
})

test.each([
  ['a path out of its folder', '/models/../package.json'],
  ['an encoded path out of its folder', '/models/%2e%2e/package.json'],
  ['an encoded path out of a library', '/libraries/holiday/library/..%2f..%2fetc/passwd'],
  ['the private notes of a library', '/libraries/holiday/library/.picfind-sources.json'],
  ['the same, encoded', '/libraries/holiday/library/%2epicfind-sources.json'],
  ['what is not there', '/nothing'],
])('does not serve %s', async (_, path) => {
  expect((await get(path)).status).toBe(404)
})

test('answers only to names of this machine', async () => {
  expect((await get('/', { host: 'elsewhere.example' })).status).toBe(403)
})

describe('a built site', () => {
  const site = join(scratch.path, 'public')

  async function serve(...options: string[]): Promise<void> {
    const process = start(['serve', site, '--port', '0', ...options])
    onTestFinished(() => void process.kill())
    const [line] = await once(createInterface({ input: process.stdout }), 'line')
    address = new URL(/http:\S+/.exec(line)![0])
  }

  beforeAll(async () => {
    mkdirSync(join(site, 'blog'), { recursive: true })
    writeFileSync(join(site, 'index.html'), '<img src=a.jpg>')
    writeFileSync(join(site, 'blog', 'index.html'), 'a post')
    copyFileSync(join(starterPictures, 'bowls-of-spices.jpg'), join(site, 'a.jpg'))
    const env = { XDG_CACHE_HOME: join(scratch.path, 'cache') }
    const { code, stderr } = await picfind(['index', site, '--site', site, '--model', tinyModel], { env })
    expect(code, stderr).toBe(0)
  })

  test('is served as a static host would', async () => {
    await serve()
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/blog/', 'text/html'],
      ['/a.jpg', 'image/jpeg'],
      ['/picfind/manifest.json', 'application/json'],
    ]) {
      const { status, headers } = await get(path!)
      expect(status).toBe(200)
      expect(headers['content-type']).toContain(type)
      expect(headers['cache-control']).toBe('no-cache')
      expect(headers).not.toHaveProperty('cross-origin-embedder-policy')
      expect((await get(path!, { 'if-none-match': headers.etag as string })).status).toBe(304)
    }
    const { bundle } = (await (await fetch(new URL('picfind/manifest.json', address))).json()) as {
      bundle: { file: string }
    }
    const file = await get(`/picfind/${bundle.file}`)
    expect(file.headers['content-type']).toBe('application/octet-stream')
    expect(file.headers['cache-control']).toContain('immutable')
    expect((await get('/nothing')).status).toBe(404)
    expect((await get('/..%2fcache')).status).toBe(404)
  })

  test('is isolated when that is asked for', async () => {
    await serve('--isolate')
    expect((await get('/')).headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
  })
})
