import { createHash } from 'node:crypto'
import { http, Library } from 'picfind'
import { afterAll, describe, expect, test } from 'vitest'
import { blobOf, dim, nameOf, vectorOf } from './vectors.ts'
import { startZoo } from './zoo.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

const { client, server, stop } = await startZoo(1500, ['--fields', 'title'])

afterAll(stop)

const openLibrary = () => Library.open({ store: http(server.library), model: 'picfind-mini' })

describe('a library out of hashes', () => {
  test('is what a reader of bundles reads, and its vectors are those in Redis', async () => {
    const library = await openLibrary()
    const query = vectorOf(7)
    const length = Math.hypot(...query)
    const [first] = await library.search({ vector: query.map(x => x / length) }, { k: 3 })
    expect(first?.id).toBe(`zoo/${nameOf(7)}`)
    expect(first?.score).toBeGreaterThan(0.999)
    expect((await library.info()).pictures).toBe(1500)
    await library.close()
  })

  test('tells of the fields that are named and of no others', async () => {
    const library = await openLibrary()
    const record = await library.record(`zoo/${nameOf(12)}`)
    expect(record).toMatchObject({ path: nameOf(12), source: 'zoo', title: 'picture 12' })
    expect(JSON.stringify(record)).not.toContain('Ann')
    await library.close()
  })

  test('follows what is added, changed and deleted', async () => {
    await client.hSet('img:new.jpg', { vector: blobOf(vectorOf(9001)), title: 'new' })
    await server.publishes(1501)
    await client
      .multi()
      .hSet(`img:${nameOf(2)}`, { title: 'another title' })
      .del(`img:${nameOf(3)}`)
      .exec()
    await server.publishes(1500)
    const library = await openLibrary()
    expect(await library.record('zoo/new.jpg')).toMatchObject({ title: 'new' })
    await expect(library.record(`zoo/${nameOf(3)}`)).rejects.toMatchObject({ code: 'not-found' })
    await library.close()
  })

  test('skips what is no vector, says why, and serves the rest', async () => {
    await client.hSet('img:odd.jpg', { vector: Buffer.from('odd') })
    await client.hSet('img:nan.jpg', { vector: blobOf(new Float32Array(dim).fill(Number.NaN)) })
    await client.hSet('img:zero.jpg', { vector: blobOf(new Float32Array(dim)) })
    await client.hSet('img:without.jpg', { title: 'no vector' })
    const reasons = await Promise.all(
      ['odd', 'nan', 'zero', 'without'].map(name => server.said('skipped', { picture: `${name}.jpg` })),
    )
    expect(reasons.map(line => line.reason)).toEqual([
      'field vector: expected 1024 bytes, float32 of 256 dimensions, or half as many of float16, found 3',
      'field vector: expected numbers, found NaN or infinity',
      'field vector: expected a direction, found zeros',
      'expected a field vector, found none',
    ])
    const metrics = await (await fetch(`${server.url}metrics`)).text()
    expect(metrics).toMatch(/^picfind_pictures_skipped 4\./m)
  })
})

describe('files', () => {
  test('are named by their sha256, may be kept for good, and are the same in gzip', async () => {
    const manifest = (await (await fetch(`${server.library}manifest.json`)).json()) as { segments: { file: string }[] }
    const address = server.library + manifest.segments[0]!.file
    const plain = await fetch(address, { headers: { 'accept-encoding': 'identity' } })
    const small = await fetch(address, { headers: { 'accept-encoding': 'gzip' } })
    expect(small.headers.get('content-encoding')).toBe('gzip')
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('cache-control')).toContain('immutable')
    expect(plain.headers.get('etag')).not.toBe(small.headers.get('etag'))
    expect(sha256(new Uint8Array(await plain.arrayBuffer()))).toBe(manifest.segments[0]!.file)
    expect(sha256(new Uint8Array(await small.arrayBuffer()))).toBe(manifest.segments[0]!.file)
  })

  test('are not sent again to one who has them', async () => {
    const first = await fetch(`${server.library}manifest.json`)
    const etag = first.headers.get('etag')!
    expect(etag).toBe(`"${sha256(await first.text())}"`)
    const again = await fetch(`${server.library}manifest.json`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
  })

  test.each([
    ['a file that is not there', '0'.repeat(64), 404],
    ['a name that is no hash', 'secrets', 404],
    ['a way out', '..%2f..%2f..%2fetc%2fpasswd', 404],
  ])('%s is answered with a sentence', async (_, name, status) => {
    const response = await fetch(server.library + name)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: { message: string; status: number } }
    expect(error.message).toMatch(/^(expected|the library)/)
  })

  test('of the page are served, isolated and without a way out of their folder', async () => {
    const page = await fetch(server.url)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('credentialless')
    expect((await fetch(`${server.url}%2e%2e/package.json`)).status).toBe(404)
    expect((await fetch(`${server.url}assets/..%2f..%2f..%2fpackage.json`)).status).toBe(404)
  })
})
