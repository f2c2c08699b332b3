import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { nearest, recall, search } from './brute-force.ts'
import { createIndex, startRedis8, startRedisStack } from './engines.ts'
import { type RedisClient, type RunningRedis, RunningServer } from './processes.ts'
import { addElements, addPictures, blobOf, dim, halvesOf, nameOf, range, vectorOf } from './vectors.ts'

const pictures = 2000
const vectors = new Map([...range(0, pictures)].map(number => [nameOf(number), vectorOf(number)]))
const queries = [...range(50_000, 50_020)].map(number => vectorOf(number))

let redis: RunningRedis
let client: RedisClient
let server: RunningServer | undefined

async function serve(...args: string[]): Promise<RunningServer> {
  server = await RunningServer.start(redis, args)
  return server
}

const engineOf = async (of: RunningServer) => ((await (await fetch(of.library)).json()) as { engine: string }).engine

afterEach(async () => {
  await server?.stop()
  server = undefined
  await client?.flushAll()
})

afterAll(async () => {
  client?.destroy()
  await redis?.stop()
})

describe("Redis' query engine", () => {
  beforeAll(async () => {
    redis = await startRedisStack()
    client = await redis.client()
    return async () => {
      client.destroy()
      await redis.stop()
    }
  })

  test.each([
    ['FLAT', 'FLOAT32', 'redis-flat', 1],
    ['HNSW', 'FLOAT32', 'redis-hnsw', 0.95],
    ['FLAT', 'FLOAT16', 'redis-flat', 0.97],
    ['HNSW', 'FLOAT16', 'redis-hnsw', 0.95],
  ] as const)('answers by an index %s of %s', async (algorithm, type, engine, least) => {
    await createIndex(client, { algorithm, type, dim })
    const blob = type === 'FLOAT32' ? blobOf : halvesOf
    const pipeline = client.multi()
    for (const [name, vector] of vectors) pipeline.hSet(`img:${name}`, { vector: blob(vector) })
    await pipeline.execAsPipeline()
    const running = await serve()
    await running.publishes(pictures)
    expect(await engineOf(running)).toBe(engine)
    expect(await recall(running, vectors, queries, { engine })).toBeGreaterThanOrEqual(least)
  })

  test('filters by its tags and numbers, and leaves to the server what it would see otherwise', async () => {
    await createIndex(client, { dim, fields: ['title', 'TAG', 'year', 'NUMERIC', 'note', 'TEXT'] })
    const pipeline = client.multi()
    for (const number of range(0, 200)) {
      const title = number % 2 === 0 ? 'odd, or not' : 'Plain'
      const fields = { vector: blobOf(vectorOf(number)), title, year: String(1980 + (number % 10)), note: 'a note' }
      pipeline.hSet(`img:${nameOf(number)}`, fields)
    }
    await pipeline.execAsPipeline()
    const running = await serve('--fields', 'title,year,note')
    await running.publishes(200)
    const found = (filter: unknown) => search(running, { query: { vector: [...vectorOf(3)] }, k: 200, filter })
    const some = new Map([...range(0, 200)].filter(n => n % 2 === 1 && n % 10 >= 5).map(n => [nameOf(n), vectorOf(n)]))
    const byRedis = await found({ title: 'Plain', year: { min: 1985 } })
    expect(byRedis.engine).toBe('redis-flat')
    expect(byRedis.results.map(({ key }) => key)).toEqual(nearest(some, vectorOf(3), 200))
    expect(byRedis.results[0]?.record).toMatchObject({ title: 'Plain', metadata: { note: 'a note' } })
    // A tag with a comma is two to Redis, and capitals are the same to it.
    for (const filter of [{ title: 'odd, or not' }, { title: 'plain' }, { note: 'a note' }])
      expect((await found(filter)).engine).toBe('exact')
    expect((await found({ title: 'odd, or not' })).results).toHaveLength(100)
    expect((await found({ title: 'plain' })).results).toHaveLength(0)
  })

  test('answers by records and sums as the server does', async () => {
    await createIndex(client, { dim })
    await addPictures(client, range(0, 300))
    const running = await serve()
    await running.publishes(300)
    const some = new Map([...vectors].slice(0, 300))
    some.delete(nameOf(7))
    const { engine, results } = await search(running, { query: { record: nameOf(7) }, k: 10 })
    expect(engine).toBe('redis-flat')
    expect(results.map(({ key }) => key)).toEqual(nearest(some, vectorOf(7), 10))
    const manhattan = await search(running, { query: { record: nameOf(7) }, k: 10, metric: 'l1' })
    expect(manhattan.engine).toBe('exact')
  })

  test('answers at once, before any file is made', async () => {
    await createIndex(client, { dim })
    await addPictures(client, range(0, pictures))
    const { engine, results } = await search(await serve(), { query: { vector: [...queries[0]!] }, k: 10 })
    expect(engine).toBe('redis-flat')
    expect(results.map(({ key }) => key)).toEqual(nearest(vectors, queries[0]!, 10))
  })

  test('is left for the files when it goes away', async () => {
    await createIndex(client, { dim })
    await addPictures(client, range(0, 300))
    const running = await serve()
    await running.publishes(300)
    expect((await search(running, { query: { record: nameOf(7) } })).engine).toBe('redis-flat')
    await client.sendCommand(['FT.DROPINDEX', 'idx'])
    const { engine, results } = await search(running, { query: { record: nameOf(7) }, k: 10 })
    expect(engine).toBe('exact')
    expect(results).toHaveLength(10)
  })
})

describe('a vector set', () => {
  beforeAll(async () => {
    redis = await startRedis8()
    client = await redis.client()
  })

  test.each([
    ['NOQUANT', 0.97],
    ['Q8', 0.95],
  ])('of vectors kept as %s answers by itself', async (form, least) => {
    await addElements(client, form, () => 'pictures', range(0, pictures))
    const running = await serve('--layout', 'vectorset', '--prefix', 'pictures')
    await running.publishes(pictures)
    expect(await engineOf(running)).toBe('redis-vectorset')
    expect(await recall(running, vectors, queries, { engine: 'redis-vectorset' })).toBeGreaterThanOrEqual(least)
  })

  test('filters by attributes, exactly', async () => {
    await addElements(client, 'NOQUANT', () => 'pictures', range(0, 300))
    const running = await serve('--layout', 'vectorset', '--prefix', 'pictures', '--fields', 'title,year')
    await running.publishes(300)
    const some = new Map([...range(0, 300)].filter(n => n % 10 === 3).map(n => [nameOf(n), vectorOf(n)]))
    const filter = { year: { min: 1983, max: 1983 } }
    const { engine, results } = await search(running, { query: { vector: [...vectorOf(3)] }, k: 30, filter })
    expect(engine).toBe('redis-vectorset')
    expect(results.map(({ key }) => key)).toEqual(nearest(some, vectorOf(3), 30))
    expect(results[0]?.record).toMatchObject({ title: 'picture 3', metadata: { year: '1983' } })
  })
})
