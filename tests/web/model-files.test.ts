import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type ModelCache, memoryCache } from '../../dist/engine/model-cache.js'
import { downloadFolder, folderCache, folderReader } from '../../dist/engine/model-cache-node.js'
import {
  type FileProgress,
  type ModelFiles,
  type ModelFilesOptions,
  openModelFiles,
} from '../../dist/engine/model-files.js'
import { type ModelFile, type ModelManifest, parseManifest } from '../../dist/engine/models.js'

const tinyManifest = parseManifest(
  readFileSync(new URL('../data/tiny-model/model.json', import.meta.url), 'utf8'),
  'tiny',
)
const content = randomBytes(300_000)
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Starts a server and gives the address of a file on it. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/vision.onnx`
}

/** Sends `bytes` as servers do that can go on in the middle of a file. */
function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, etag?: string): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (etag) response.setHeader('ETag', etag)
  if (request.headers.range) {
    if (start >= bytes.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end()
      return
    }
    response.setHeader('Content-Range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`)
    response.statusCode = 206
  }
  response.setHeader('Content-Length', bytes.length - start)
  response.end(bytes.subarray(start))
}

/** Sends the head of the whole file, `count` bytes of it, and breaks the connection. */
function breakOff(response: ServerResponse, bytes: Uint8Array, count: number, etag?: string): void {
  if (etag) response.setHeader('ETag', etag)
  response.setHeader('Content-Length', bytes.length)
  response.write(bytes.subarray(0, count), () => response.destroy())
}

const known = (url: string, bytes: Uint8Array = content): ModelFile => ({
  url,
  bytes: bytes.length,
  sha256: hash(bytes),
})
const unknown = (url: string): ModelFile => ({ url, bytes: null, sha256: null })

function open(options: Partial<ModelFilesOptions> = {}, manifest: ModelManifest = tinyManifest): ModelFiles {
  return openModelFiles(manifest, {
    local: async () => undefined,
    cache: memoryCache(),
    sha256: hash,
    retryDelay: 1,
    ...options,
  })
}

test('a download arrives whole, is verified, kept, and read from the cache from then on', async () => {
  let requests = 0
  const url = await serve((request, response) => {
    requests++
    sendRange(request, response, content)
  })
  const folder = temporaryFolder()
  const first = await open({ cache: folderCache(folder) }).read(known(url))
  const second = await open({ cache: folderCache(folder) }).read(known(url))
  expect(hash(first)).toBe(hash(content))
  expect(hash(second)).toBe(hash(content))
  expect(requests).toBe(1)
  expect(readdirSync(folder).sort()).toEqual(['vision.onnx', 'vision.onnx.json'])
})

test('progress is told, up to the whole', async () => {
  const url = await serve((_request, response) => {
    response.setHeader('Content-Length', content.length)
    response.write(content.subarray(0, 100_000), () => response.end(content.subarray(100_000)))
  })
  const seen: FileProgress[] = []
  await open().read(unknown(url), { onProgress: progress => seen.push(progress) })
  const loaded = seen.map(progress => progress.loaded)
  expect(loaded).toEqual([...loaded].sort((a, b) => a - b))
  expect(seen.at(-1)).toEqual({ file: 'vision.onnx', loaded: content.length, total: content.length, kept: true })
})

test('a broken connection is taken up where it ended', async () => {
  const ranges: (string | undefined)[] = []
  const url = await serve((request, response) => {
    ranges.push(request.headers.range)
    if (ranges.length === 1) breakOff(response, content, 120_000, '"a"')
    else sendRange(request, response, content, '"a"')
  })
  expect(hash(await open().read(known(url)))).toBe(hash(content))
  expect(ranges[0]).toBeUndefined()
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
})

test('a download goes on after the process was ended in the middle', async () => {
  const folder = temporaryFolder()
  const stop = new AbortController()
  const ranges: (string | undefined)[] = []
  const url = await serve((request, response) => {
    ranges.push(request.headers.range)
    if (ranges.length > 1) return sendRange(request, response, content, '"a"')
    response.setHeader('ETag', '"a"')
    response.setHeader('Content-Length', content.length)
    response.write(content.subarray(0, 150_000))
  })
  const reading = open({ cache: folderCache(folder) }).read(known(url), {
    signal: stop.signal,
    onProgress: ({ loaded }) => loaded >= 150_000 && stop.abort(),
  })
  await expect(reading).rejects.toThrow(/abort/i)
  expect(existsSync(join(folder, 'vision.onnx'))).toBe(false)
  expect(hash(await open({ cache: folderCache(folder) }).read(known(url)))).toBe(hash(content))
  expect(ranges).toEqual([undefined, 'bytes=150000-'])
})

test('a server that cannot go on is asked for the whole file again', async () => {
  let requests = 0
  const url = await serve((_request, response) => {
    if (++requests === 1) return breakOff(response, content, 120_000)
    response.setHeader('Content-Length', content.length)
    response.end(content)
  })
  expect(hash(await open().read(known(url)))).toBe(hash(content))
  expect(requests).toBe(2)
})

test('the parts of two versions are never joined', async () => {
  const newer = randomBytes(content.length)
  let requests = 0
  const url = await serve((request, response) => {
    if (++requests === 1) breakOff(response, content, 120_000, '"old"')
    else sendRange(request, response, newer, '"new"')
  })
  expect(hash(await open().read(unknown(url)))).toBe(hash(newer))
})

test('a part that is the whole file already is taken as it is', async () => {
  const cache = memoryCache()
  const url = await serve((request, response) => sendRange(request, response, content))
  await cache.writeNote('vision.onnx', { url })
  await cache.writePart('vision.onnx', 0, content)
  expect(hash(await open({ cache }).read(known(url)))).toBe(hash(content))
})

test('a server that is overloaded for a while is asked again', async () => {
  let requests = 0
  const url = await serve((request, response) => {
    if (++requests < 3) response.writeHead(503).end()
    else sendRange(request, response, content)
  })
  expect(hash(await open().read(known(url)))).toBe(hash(content))
})

test('a connection that says nothing for too long is given up and taken up again', async () => {
  let requests = 0
  const url = await serve((request, response) => {
    if (++requests > 1) return sendRange(request, response, content)
    response.setHeader('Content-Length', content.length)
    response.write(content.subarray(0, 1000))
  })
  expect(hash(await open({ stallTimeout: 50 }).read(known(url)))).toBe(hash(content))
})

test('a file that ends too early again and again is an error that says how much arrived', async () => {
  const url = await serve((_request, response) => breakOff(response, content, 1000))
  const reading = open().read(known(url))
  await expect(reading).rejects.toMatchObject({ code: 'download' })
  await expect(reading).rejects.toThrow(/broke off after 1000 bytes.*what has arrived is kept/)
})

test('a shorter file than the manifest says is an error with both sizes', async () => {
  const url = await serve((_request, response) => response.end(content.subarray(0, 1000)))
  await expect(open().read(known(url))).rejects.toThrow(/ended after 1000 of 300000 bytes/)
})

test('another file than expected is not kept and the error names both hashes', async () => {
  const other = randomBytes(content.length)
  const cache = memoryCache()
  const url = await serve((request, response) => sendRange(request, response, other))
  const reading = open({ cache }).read(known(url))
  await expect(reading).rejects.toMatchObject({ code: 'download' })
  await expect(reading).rejects.toThrow(`expected sha256 ${hash(content)}, found ${hash(other)}`)
  expect(await cache.read('vision.onnx')).toBeUndefined()
  expect(await cache.readPart('vision.onnx')).toBeUndefined()
})

test.each(['text/html; charset=utf-8', 'application/octet-stream'])(
  'a web page (%s) instead of the file is told',
  async type => {
    const url = await serve((_request, response) => {
      response.setHeader('Content-Type', type)
      response.end('\n<!DOCTYPE html><html><body>Please log in</body></html>')
    })
    const reading = open().read(unknown(url))
    await expect(reading).rejects.toMatchObject({ code: 'download' })
    await expect(reading).rejects.toThrow(/answered with a web page instead of the file/)
  },
)

test('a file that is gone is an error at once, with its address and what to do', async () => {
  let requests = 0
  const url = await serve((_request, response) => {
    requests++
    response.writeHead(404).end()
  })
  await expect(open().read(known(url))).rejects.toThrow(`${url} answered 404 Not Found; the file may have been moved`)
  expect(requests).toBe(1)
})

test('a place that cannot be reached is an error that says so', async () => {
  const url = 'http://127.0.0.1:1/vision.onnx'
  const reading = open({ fetch: () => Promise.reject(new TypeError('fetch failed')) }).read(known(url))
  await expect(reading).rejects.toMatchObject({ code: 'download' })
  await expect(reading).rejects.toThrow(/cannot be reached; check the connection/)
})

test('a hash that nobody publishes is recorded at the first download and checked ever after', async () => {
  const folder = temporaryFolder()
  let served = content
  const url = await serve((request, response) => sendRange(request, response, served))
  const file = unknown(url)
  expect(await open({ cache: folderCache(folder) }).sha256(file)).toBe(hash(content))
  expect(await open({ cache: folderCache(folder) }).sha256(file)).toBe(hash(content))

  served = randomBytes(1000)
  await folderCache(folder).remove('vision.onnx')
  const reading = open({ cache: folderCache(folder) }).read(file)
  await expect(reading).rejects.toThrow(/it is not the file that was first downloaded from there/)
})

test('a file in the cache that was damaged is downloaded again', async () => {
  const folder = temporaryFolder()
  const url = await serve((request, response) => sendRange(request, response, content))
  await open({ cache: folderCache(folder) }).read(known(url))
  writeFileSync(join(folder, 'vision.onnx'), content.subarray(1))
  expect(hash(await open({ cache: folderCache(folder) }).read(known(url)))).toBe(hash(content))
})

test('a cache without room costs the keeping, not the download', async () => {
  const url = await serve((request, response) => sendRange(request, response, content))
  const full: ModelCache = { ...memoryCache(), writePart: () => Promise.reject(new Error('QuotaExceededError')) }
  expect(hash(await open({ cache: full }).read(known(url)))).toBe(hash(content))
  expect(await full.read('vision.onnx')).toBeUndefined()
})

test('non-commercial terms must be accepted before the download', async () => {
  let requests = 0
  const url = await serve((request, response) => {
    requests++
    sendRange(request, response, content)
  })
  const licence = { name: 'Research licence', url: 'https://example.org/terms', commercial: false }
  const manifest = { ...tinyManifest, licence }
  const reading = open({}, manifest).read(known(url))
  await expect(reading).rejects.toMatchObject({ code: 'licence' })
  await expect(reading).rejects.toThrow(/Research licence \(https:\/\/example\.org\/terms\)/)
  expect(requests).toBe(0)
  expect(hash(await open({ acceptedLicence: true }, manifest).read(known(url)))).toBe(hash(content))
})

test('a copy that was put beside the manifest by hand needs no network, and must be the right one', async () => {
  const folder = temporaryFolder()
  const url = 'https://example.org/onnx/vision.onnx'
  const offline = { beside: folderReader(folder), fetch: () => Promise.reject(new Error('no network')) }
  writeFileSync(join(folder, 'vision.onnx'), content)
  expect(hash(await open(offline).read(known(url)))).toBe(hash(content))
  writeFileSync(join(folder, 'vision.onnx'), content.subarray(1))
  await expect(open(offline).read(known(url))).rejects.toThrow(
    /vision\.onnx is not whole: expected 300000 bytes, found 299999/,
  )
})

test('a shipped file that is missing or changed is refused by name', async () => {
  const folder = temporaryFolder()
  const files = open({ local: folderReader(folder) })
  const file = { path: 'words.bin', bytes: content.length, sha256: hash(content) }
  await expect(files.read(file)).rejects.toMatchObject({ code: 'not-found' })
  writeFileSync(join(folder, 'words.bin'), randomBytes(content.length))
  await expect(files.read(file)).rejects.toThrow(/words\.bin is another file than expected/)
})

test('downloads are kept below the XDG cache folder where there is one', () => {
  const before = process.env.XDG_CACHE_HOME
  onTestFinished(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = before
  })
  process.env.XDG_CACHE_HOME = '/tmp/cache-home'
  expect(downloadFolder('clip-vit-b-32')).toBe('/tmp/cache-home/picfind/models/clip-vit-b-32')
})
