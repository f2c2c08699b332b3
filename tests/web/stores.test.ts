import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { folder, http, Library, PicfindError, type Store } from 'picfind'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FolderStore } from '../../dist/engine/store-folder.js'
import { HttpStore } from '../../dist/engine/store-http.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { addAll, idsOf, openTiny, TestSource, temporaryFolder, tinyModel } from './fixtures/libraries.ts'
import { bmp, numbered } from './fixtures/pictures.ts'

const red = bmp([255, 0, 0])
const lockName = '.picfind-writer'

function many(count: number): TestSource {
  return new TestSource('many', Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.bmp`, numbered(n)])))
}

/** Serves a folder; gives its address, the requests so far and how to go offline. */
async function serve(root: string): Promise<{ url: string; requests: string[]; stop(): void }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const path = join(root, decodeURIComponent(request.url ?? ''))
    if (!existsSync(path)) return response.writeHead(404).end()
    return response.end(readFileSync(path))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests, stop }
}

describe('a folder', () => {
  test('holds a manifest and files named by their hash, and what the next update does not need is gone', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(library, many(300))
    const files = readdirSync(place).filter(name => !name.startsWith('.'))
    expect(files.filter(name => !/^[0-9a-f]{64}$/.test(name))).toEqual(['manifest.json'])
    const { bytes } = await library.info()
    const onDisk = files.reduce((sum, name) => sum + readFileSync(join(place, name)).length, 0)
    expect(onDisk).toBeLessThan(2 * bytes + 10_000)
  })

  test('an unfinished write of a killed process is cleared away', async () => {
    const place = temporaryFolder()
    const leftover = 'a'.repeat(64)
    writeFileSync(join(place, leftover), 'never published')
    writeFileSync(join(place, `${leftover}.picfind-tmp`), 'half')
    writeFileSync(join(place, 'my-notes.txt'), 'not ours')
    const library = await openTiny({ store: folder(place) })
    await addAll(library, many(1))
    expect(readdirSync(place)).not.toContain(leftover)
    expect(readdirSync(place).filter(name => name.endsWith('tmp'))).toEqual([])
    expect(readdirSync(place)).toContain('my-notes.txt')
  })

  test('the lock of a process that is gone is taken over, that of a living one is not', async () => {
    const place = temporaryFolder()
    const process = spawn('true')
    await once(process, 'exit')
    writeFileSync(join(place, lockName), JSON.stringify({ pid: process.pid, host: hostname() }))
    const library = await openTiny({ store: folder(place) })
    await addAll(library, many(1))
    expect(existsSync(join(place, lockName))).toBe(false)

    const living = spawn('sleep', ['60'])
    onTestFinished(() => void living.kill())
    writeFileSync(join(place, lockName), JSON.stringify({ pid: living.pid, host: hostname() }))
    const busy = { code: 'busy', message: expect.stringContaining(join(place, lockName)) }
    await expect(addAll(library, many(2))).rejects.toMatchObject(busy)
  })

  test('a lock that nobody has touched for minutes is taken over, whoever made it', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    const living = spawn('sleep', ['60'])
    onTestFinished(() => void living.kill())
    for (const host of [hostname(), 'another-host']) {
      writeFileSync(join(place, lockName), JSON.stringify({ pid: living.pid, host }))
      await expect(addAll(library, many(1))).rejects.toMatchObject({ code: 'busy' })
      const before = Date.now() / 1000 - 120
      utimesSync(join(place, lockName), before, before)
      expect(await addAll(library, many(1))).toMatchObject({ phase: 'done' })
    }
  })

  test('a writer that slept while another took over its lock stops, and leaves the lock to the other', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(library, many(10))
    const other = JSON.stringify({ pid: process.pid + 1, host: 'another-host' })
    const adding = async () => {
      for await (const _ of library.add(many(300))) writeFileSync(join(place, lockName), other)
    }
    const before = readFileSync(join(place, 'manifest.json'), 'utf8')
    await expect(adding()).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining(place) })
    expect(readFileSync(join(place, lockName), 'utf8')).toBe(other)
    expect(readFileSync(join(place, 'manifest.json'), 'utf8')).toBe(before)
  })

  test('a reader whose files were merged away by another writer reads the new ones', async () => {
    const place = temporaryFolder()
    const writer = await openTiny({ store: folder(place) })
    await addAll(writer, many(100))
    const reader = await openTiny({ store: folder(place) })
    expect((await reader.info()).pictures).toBe(100)
    await addAll(writer, many(400))
    const changed = new Promise(resolve => reader.addEventListener('change', resolve, { once: true }))
    const asked = await Promise.all(Array.from({ length: 20 }, () => reader.search('red', { k: 10 })))
    for (const hits of asked) expect(hits).toHaveLength(10)
    await changed
    expect((await reader.info()).pictures).toBe(400)
    expect((await reader.info()).notices).toEqual([])
  })

  test('destroying a library removes its files and leaves others', async () => {
    const place = temporaryFolder()
    writeFileSync(join(place, 'my-notes.txt'), 'not ours')
    const library = await openTiny({ store: folder(place) })
    await addAll(library, many(3))
    await library.destroy()
    expect(readdirSync(place)).toEqual(['my-notes.txt'])
  })

  test('a file in the way is an error that says what to do', async () => {
    const place = join(temporaryFolder(), 'file')
    writeFileSync(place, '')
    const library = await openTiny({ store: folder(place) }).catch((error: unknown) => error)
    const error = library instanceof Library ? await addAll(library, many(1)).catch((e: unknown) => e) : library
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(place) })
  })
})

test.each([
  ['a folder', () => new FolderStore(temporaryFolder())],
  ['memory', () => new MemoryStore()],
])('%s gives parts of a file, and none of one that is not there', async (_, make) => {
  const store = make()
  const release = await store.lockWriter()
  onTestFinished(() => release?.release())
  const name = 'b'.repeat(64)
  await store.write(
    name,
    Uint8Array.from({ length: 100 }, (_, i) => i),
  )
  const parts = [
    { offset: 97, into: new Uint8Array(3) },
    { offset: 0, into: new Uint8Array(2) },
  ]
  expect(await store.readParts(name, parts)).toBe(true)
  expect(parts.map(({ into }) => [...into])).toEqual([
    [97, 98, 99],
    [0, 1],
  ])
  const [first, second] = [new Uint8Array(1), new Uint8Array(2)]
  const next = () => [{ offset: first[0]! + 1, into: second }]
  expect(await store.readParts(name, [{ offset: 40, into: first }], next)).toBe(true)
  expect([...second]).toEqual([41, 42])
  expect(await store.readParts(name, [{ offset: 98, into: first }], next)).toBe(false)
  expect(await store.readParts(name, [{ offset: 98, into: new Uint8Array(3) }])).toBe(false)
  expect(await store.readParts('c'.repeat(64), [{ offset: 0, into: new Uint8Array(1) }])).toBe(false)
})

describe('no space left', () => {
  /** A folder whose disk is full after so many bytes; a full disk cannot be had in a test. */
  class FullStore extends FolderStore implements Store {
    space = Number.POSITIVE_INFINITY

    override async write(name: string, bytes: Uint8Array): Promise<void> {
      this.space -= bytes.length
      if (this.space < 0) throw new PicfindError('no-space', `No space left for ${name}.`)
      await super.write(name, bytes)
    }
  }

  test('is said, and nothing that was there is lost', async () => {
    const store = new FullStore(temporaryFolder())
    const library = await openTiny({ store })
    await addAll(library, many(64))
    store.space = 100_000
    await expect(addAll(library, many(1000))).rejects.toMatchObject({ code: 'no-space' })
    const { pictures } = await library.info()
    expect(pictures).toBeGreaterThanOrEqual(64)
    expect(await idsOf(library)).toHaveLength(pictures)
    const again = await openTiny({ store: folder(store.name) })
    expect(await idsOf(again)).toHaveLength(pictures)
    store.space = Number.POSITIVE_INFINITY
    expect(await addAll(library, many(1000))).toMatchObject({ unchanged: pictures, indexed: 1000 - pictures })
  })
})

describe('over HTTP', () => {
  test('a folder’s library is searched, and cannot be written', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(library, many(100))
    const site = await serve(place)
    for (const url of [site.url, `${site.url}manifest.json`]) {
      const reader = await openTiny({ store: http(url) })
      expect(await reader.info()).toMatchObject({ pictures: 100, readOnly: true })
      expect([...(await reader.search('red', { k: 5 }))]).toEqual([...(await library.search('red', { k: 5 }))])
      expect(await reader.thumbnail('many/1.bmp')).toEqual(await library.thumbnail('many/1.bmp'))
      await expect(addAll(reader, many(1))).rejects.toMatchObject({ code: 'read-only' })
    }
    expect(site.requests.every(path => !path.includes('/.'))).toBe(true)
  })

  test('the original is read from where the source says it is', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(library, Object.assign(new TestSource('many', { 'red one.bmp': red }), { url: 'originals' }))
    const site = await serve(place)
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(place, 'originals'))
    writeFileSync(join(place, 'originals', 'red one.bmp'), red)
    const reader = await openTiny({ store: http(site.url) })
    expect((await reader.original('many/red one.bmp'))?.size).toBe(red.length)
    expect((await reader.info()).sources).toEqual([{ name: 'many', pictures: 1, url: 'originals' }])
  })

  test('a site that cannot be reached is an error by its address', async () => {
    const site = await serve(temporaryFolder())
    site.stop()
    await expect(openTiny({ store: http(site.url) })).rejects.toMatchObject({
      code: 'download',
      message: expect.stringContaining(site.url),
    })
  })

  test('an address without a library is an error by its address', async () => {
    const site = await serve(temporaryFolder())
    await expect(openTiny({ store: http(site.url) })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`${site.url}manifest.json`),
    })
  })

  test('only what is whole is kept for offline use', async () => {
    const kept = new Map<string, Uint8Array>()
    // Node has no Cache API.
    vi.stubGlobal('caches', {
      open: async () => ({
        match: async (url: string) => kept.has(url) && new Response(kept.get(url) as Uint8Array<ArrayBuffer>),
        put: async (url: string, response: Response) => kept.set(url, new Uint8Array(await response.arrayBuffer())),
        delete: async (url: string) => kept.delete(url),
      }),
    })
    onTestFinished(() => void vi.unstubAllGlobals())
    const place = temporaryFolder()
    const name = createHash('sha256').update(red).digest('hex')
    const site = await serve(place)
    const store = new HttpStore(site.url)
    writeFileSync(join(place, name), 'cut off')
    writeFileSync(join(place, 'manifest.json'), '<html>')
    await store.read(name)
    await store.readManifest()
    expect([...kept]).toEqual([])
    writeFileSync(join(place, name), red)
    kept.set(site.url + name, Uint8Array.of(1))
    expect(await store.read(name)).toEqual(red)
    site.stop()
    expect(await store.read(name)).toEqual(red)
  })
})

test('the model of a stored library is opened by the path of its manifest', async () => {
  const library = await Library.open({ store: folder(temporaryFolder()), model: tinyModel })
  onTestFinished(() => library.close())
  expect((await library.info()).model).toBe('tiny')
})
