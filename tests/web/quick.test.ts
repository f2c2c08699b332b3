import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { encodeCodes } from '../../dist/publish/quick-codes.js'
import { writeQuick } from '../../dist/publish/quick-write.js'
import { bestRows, type Levels, levelValues, scoreCodes } from '../../dist/quick/codes.js'
import { openQuick, type QuickRecord } from '../../dist/quick/quick.js'
import { rotate } from '../../dist/quick/rotation.js'
import { verifiedFiles } from '../../dist/quick/verified-files.js'
import { readStatistics, Vectors } from '../bench/vectors.mjs'
import { core, Files, model, read, tableVector } from './fixtures/quick-bundle.ts'

const pictures = 600
const stored = new Vectors(await readStatistics('picfind-mini'), 7).rows(0, pictures)
const rows = Array.from({ length: pictures }, (_, i) => ({
  vector: stored.slice(i * model.dim, (i + 1) * model.dim) as Float32Array,
  record: {
    id: `site/pictures/${i}.jpg`,
    path: `pictures/${i}.jpg`,
    width: 640,
    height: 480,
    alt: `Picture ${i}`,
    thumbnail: `thumbs/${i}.jpg`,
    pages: [{ url: `blog/${i % 9}.html`, title: `Page ${i % 9}` }],
  } satisfies QuickRecord,
}))
const files = new Files()
const name = await writeQuick({ rows, model, read, core, keep: files.keep })
const quick = await openQuick(files.json(name), files.fetch)
const vectorOf = new Map(rows.map(({ record, vector }) => [record.id, vector]))

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from({ length: Math.min(a.length, b.length) }, (_, i) => a[i]! * b[i]!).reduce((sum, x) => sum + x, 0)

function exactly(query: ArrayLike<number>, k: number): string[] {
  const scored = rows.map(({ record, vector }) => ({ id: record.id, score: dot(query, vector) }))
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, k)
    .map(({ id }) => id)
}

test('words find what the token tables find by the full vectors', async () => {
  let shared = 0
  const texts = ['red apple', 'Schmetterling', '猫', 'a dog on the beach', 'голубая машина', 'kelebek']
  for (const text of texts) {
    const best = exactly((await tableVector(text))!, 10)
    const found = (await quick.search(text, 30)).map(({ record }) => record.id)
    shared += best.filter(id => found.includes(id)).length / best.length
  }
  expect(shared / texts.length).toBeGreaterThan(0.9)
})

test('scores are about those of the full vectors, best first', async () => {
  const query = (await tableVector('red apple'))!
  const hits = await quick.search('red apple', 50)
  expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a))
  for (const { score, record } of hits)
    expect(Math.abs(score - dot(query, vectorOf.get(record.id)!))).toBeLessThan(0.12)
})

test('a hit has the record that was given, and nothing else of it', async () => {
  const [hit] = await quick.search('dog', 1)
  expect(hit!.record).toEqual(rows.find(({ record }) => record.id === hit!.record.id)!.record)
})

test('pictures like another one are its exact nearest', async () => {
  for (const { row, record } of await quick.search('tree', 20)) {
    const expected = exactly(vectorOf.get(record.id)!, 25).filter(id => id !== record.id)
    const hits = await quick.like(row, 24)
    expect(hits.map(hit => hit.record.id)).toEqual(expected.slice(0, 24))
    expect(hits[0]!.score).toBeCloseTo(dot(vectorOf.get(record.id)!, vectorOf.get(expected[0]!)!), 2)
    expect(await quick.like(row, 5)).toEqual(hits.slice(0, 5))
  }
})

test('texts without a known word find nothing', async () => {
  expect(await quick.search('  ?! ', 10)).toEqual([])
})

test('a search that is not wanted any more ends by its signal', async () => {
  await expect(quick.search('dog', 10, AbortSignal.abort())).rejects.toThrow(/abort/)
})

test('a library of no pictures, of one and of two can be searched', async () => {
  for (const count of [0, 1, 2]) {
    const few = new Files()
    const written = await writeQuick({ rows: rows.slice(0, count), model: tableless(), read, core, keep: few.keep })
    const opened = await openQuick(few.json(written), few.fetch)
    expect([opened.pictures, opened.words]).toEqual([count, false])
    expect(await opened.search('dog', 10)).toEqual([])
    if (count > 0) expect(await opened.like(0, 10)).toHaveLength(count - 1)
  }
})

test('a model without token tables has no search by words and codes of all dimensions', async () => {
  const other = new Files()
  const written = await writeQuick({ rows, model: tableless(), read, core, keep: other.keep })
  expect(other.json(written)).toMatchObject({ codes: { dim: model.dim } })
  expect(other.json(written)).not.toHaveProperty('lexicon')
})

function tableless(): typeof model {
  const text = model.towers.text.filter(({ kind }) => kind === 'graph')
  return { ...model, towers: { ...model.towers, text }, queries: { ...model.queries, instant: [] } }
}

test('the same rows give the same bytes', async () => {
  const write = async (): Promise<string[]> => {
    const again = new Files()
    return [await writeQuick({ rows, model: tableless(), read, core, keep: again.keep }), ...again.all.keys()]
  }
  expect(await write()).toEqual(await write())
})

test('descriptors of a later format are refused by its number', async () => {
  await expect(openQuick({ ...(files.json(name) as object), format: 2 }, files.fetch)).rejects.toMatchObject({
    code: 'version',
    message: expect.stringContaining('format 2'),
  })
})

test('the rotation keeps lengths and angles, in any number of dimensions', () => {
  for (const dim of [1, 2, 100, 128, 768]) {
    const [a, b] = [3, 4].map(seed => Float64Array.from({ length: dim }, (_, i) => Math.sin(seed * (i + 1) ** 2)))
    expect(dot(rotate(a!), rotate(b!))).toBeCloseTo(dot(a!, b!), 8)
    expect(dot(rotate(a!), rotate(a!))).toBeCloseTo(dot(a!, a!), 8)
  }
})

test.each([
  [2, 16],
  [3, 26],
  [4, 32],
] as [Levels, number][])('codes of %i levels score as their levels say, in %i bytes', (levels, bytes) => {
  const vectors = rows.slice(0, 50).map(({ vector }) => vector)
  const { scale, codes } = encodeCodes(vectors, 128, levels)
  expect(codes.length).toBe(50 * bytes)
  const query = rows[99]!.vector.subarray(0, 128)
  const scores = scoreCodes(query, codes, scale)
  const rotated = rotate(query)
  vectors.forEach((vector, row) => {
    const coded = rotate(vector.subarray(0, 128)).map((value, i) => {
      const [mean, deviation] = [scale.mean[i]!, scale.deviation[i]!]
      const nearest = levelValues[levels].map(level => mean + deviation * level)
      return nearest.reduce((best, level) => (Math.abs(level - value) < Math.abs(best - value) ? level : best))
    })
    expect(scores[row]).toBeCloseTo(dot(rotated, coded), 5)
  })
})

test('the best rows are the highest scores, of equal ones the earlier', () => {
  expect(bestRows(Float32Array.of(1, 3, 2, 3, 0, 2), 4)).toEqual([1, 3, 2, 5])
  expect(bestRows(Float32Array.of(1, 2), 5)).toEqual([1, 0])
  expect(bestRows(Float32Array.of(1, 2), 0)).toEqual([])
})

/** What the host makes of a file: an answer of its own, or undefined for the file as it is. */
type Mischief = (bytes: Buffer) => { status?: number; body: string | Buffer } | undefined
let mischief: Mischief = () => undefined
const host = createServer((request, response) => {
  const bytes = files.all.get(request.url!.split('/').at(-1)!)
  const { status = 200, body } = (bytes ? mischief(Buffer.from(bytes)) : { status: 404, body: '' }) ?? { body: bytes! }
  response.writeHead(status, { 'content-type': 'text/html' }).end(body)
})
await new Promise<void>(listening => host.listen(0, '127.0.0.1', listening))
const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}/a/picfind/`
afterAll(() => host.close())

test('files of a plain host are searched', async () => {
  mischief = () => undefined
  const opened = await openQuick(files.json(name), verifiedFiles(base))
  expect(await opened.search('dog', 5)).toEqual(await quick.search('dog', 5))
})

test.each([
  ['HTML with 200', () => ({ body: '<!doctype html><title>Not found</title>' })],
  ['a missing file', () => ({ status: 404, body: '<h1>404</h1>' })],
  ['an empty file', () => ({ body: '' })],
  ['a file cut short', (bytes: Buffer) => ({ body: bytes.subarray(0, bytes.length - 1) })],
  [
    'a changed byte',
    (bytes: Buffer) => {
      bytes[bytes.length >> 1]! ^= 1
      return { body: bytes }
    },
  ],
] as [string, Mischief][])('%s is stale, and never a wrong result', async (_, makes) => {
  mischief = makes
  const opened = await openQuick(files.json(name), verifiedFiles(base))
  await expect(opened.search('dog', 5)).rejects.toMatchObject({ name: 'QuickError', code: 'stale' })
  await expect(opened.like(0, 5)).rejects.toMatchObject({ code: 'stale' })
  mischief = () => undefined
  expect(await opened.search('dog', 5)).toEqual(await quick.search('dog', 5))
})

test('a host that cannot be reached is offline', async () => {
  const opened = await openQuick(files.json(name), verifiedFiles('http://127.0.0.1:1/'))
  await expect(opened.search('dog', 5)).rejects.toMatchObject({ code: 'offline' })
})

test('files are verified in pages that are not in a secure context too', async () => {
  const subtle = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true })
  try {
    mischief = () => undefined
    const opened = await openQuick(files.json(name), verifiedFiles(base))
    expect(await opened.search('red dog', 5)).toEqual(await quick.search('red dog', 5))
    mischief = bytes => ({ body: bytes.subarray(1) })
    await expect(opened.search('airplane', 5)).rejects.toMatchObject({ code: 'stale' })
  } finally {
    Object.defineProperty(globalThis, 'crypto', subtle)
  }
})
