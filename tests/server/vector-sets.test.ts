/** A library whose pictures are elements of several vector sets of one Redis; cluster.test.ts has them on several nodes. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { nearest, recall, search } from './brute-force.ts'
import { startRedis8 } from './engines.ts'
import { everyoneWrites, type RedisClient, type RunningRedis, RunningServer } from './processes.ts'
import { addElements, blobOf, nameOf, range, vectorOf } from './vectors.ts'

const keys = ['zoo:0', 'zoo:1', 'zoo:2']
const fields = ['--fields', 'title,year']

let redis: RunningRedis
let client: RedisClient
let server: RunningServer

beforeAll(async () => {
  redis = await startRedis8()
  client = await redis.client()
})

afterEach(async () => {
  await server.stop()
  await client.flushAll()
})

afterAll(async () => {
  client?.destroy()
  await redis?.stop()
})

/** Pictures 0 to `count`, in turns in the first two sets; the third is not there. */
async function serve(count: number, ...args: string[]): Promise<Map<string, Float32Array>> {
  await addElements(client, 'NOQUANT', number => keys[number % 2]!, range(0, count))
  // Of what other tools do to a vector set Redis 8.0 tells nothing.
  const looks = ['--scan-interval', '1']
  server = await RunningServer.start(redis, ['--layout', 'vectorset', '--keys', keys.join(), ...looks, ...args])
  await server.publishes(count)
  return new Map([...range(0, count)].map(number => [nameOf(number), vectorOf(number)]))
}

test('several vector sets are one library, and what is added to any of them or deleted is seen', async () => {
  const vectors = await serve(1000, ...fields)
  const queries = [...range(50_000, 50_010)].map(number => vectorOf(number))
  expect(await recall(server, vectors, queries, { engine: 'redis-vectorset' })).toBeGreaterThan(0.97)
  // The third begins with this one.
  await addElements(client, 'NOQUANT', () => 'zoo:2', [1000])
  await server.publishes(1001)
  vectors.set(nameOf(1000), vectorOf(1000))
  await client.vRem('zoo:1', nameOf(3))
  await server.publishes(1000)
  vectors.delete(nameOf(3))
  const query = { vector: [...vectorOf(1000)] }
  const { results } = await search(server, { query, k: 5 })
  expect(results.map(({ key }) => key)).toEqual(nearest(vectors, vectorOf(1000), 5))
  const like = await search(server, { query: { record: nameOf(1000) }, k: 5 })
  expect(like.results.map(({ key }) => key)).toEqual(nearest(vectors, vectorOf(1000), 6).slice(1))
})

test('filters look at every element of every set', async () => {
  await serve(300, ...fields)
  const some = new Map(
    [...range(0, 300)].filter(n => n % 10 === 3 || n % 10 === 4).map(n => [nameOf(n), vectorOf(n)] as const),
  )
  const filter = { year: { min: 1983, max: 1984 } }
  const { engine, results } = await search(server, { query: { vector: [...vectorOf(3)] }, k: 60, filter })
  expect(engine).toBe('redis-vectorset')
  expect(results.map(({ key }) => key)).toEqual(nearest(some, vectorOf(3), 60))
  expect(results[0]?.record).toMatchObject({ title: 'picture 3', metadata: { year: '1983' } })
})

test('an element of two sets is skipped by its key, until it is in one', async () => {
  const vectors = await serve(100)
  const name = nameOf(4)
  await addElements(client, 'NOQUANT', () => 'zoo:1', [4])
  await server.publishes(99)
  const reason = 'expected it in one vector set, found it in zoo:0 and zoo:1'
  await server.said('skipped', { picture: name, reason })
  vectors.delete(name)
  for (const k of [3, 99]) {
    const { results } = await search(server, { query: { vector: [...vectorOf(4)] }, k })
    expect(results.map(({ key }) => key)).toEqual(nearest(vectors, vectorOf(4), k))
  }
  await client.vRem('zoo:0', name)
  await server.publishes(100)
  const { results } = await search(server, { query: { vector: [...vectorOf(4)] }, k: 1 })
  expect(results.map(({ key }) => key)).toEqual([name])
})

test('a record that is written stays in its set, a new one goes to that of its name, and both can be deleted', async () => {
  await serve(100, ...fields, ...everyoneWrites)
  const records = [...range(90, 130)].map(number =>
    JSON.stringify({ key: nameOf(number), vector: [...vectorOf(number + 1000)], fields: { title: `new ${number}` } }),
  )
  // One that lies in two sets is in one afterwards.
  await client.vAdd('zoo:1', [...vectorOf(90)], nameOf(90), { QUANT: 'NOQUANT' })
  const written = await fetch(`${server.library}records`, { method: 'PUT', body: records.join('\n') })
  expect(await written.json()).toMatchObject({ written: 40, skipped: [] })
  await server.publishes(130)
  const counts = await Promise.all(keys.map(key => client.vCard(key)))
  expect(counts.reduce((sum, count) => sum + count)).toBe(130)
  expect(Math.min(...counts)).toBeGreaterThan(3)
  expect(await client.vGetAttr('zoo:1', nameOf(91))).toEqual({ title: 'new 91' })
  expect(await client.vGetAttr('zoo:0', nameOf(90))).toEqual({ title: 'new 90' })
  for (const number of [1, 120]) {
    const gone = () => fetch(`${server.library}records/${nameOf(number)}`, { method: 'DELETE' })
    expect((await gone()).status).toBe(204)
    expect((await gone()).status).toBe(404)
  }
  await server.publishes(128)
})

test('one that is no vector set is told of', async () => {
  await client.vAdd('zoo:0', [...vectorOf(1)], 'a.jpg')
  await client.hSet('zoo:1', { vector: blobOf(vectorOf(2)) })
  server = await RunningServer.start(redis, ['--layout', 'vectorset', '--keys', 'zoo:0,zoo:1'])
  const { reason } = await server.said('publishing was interrupted')
  expect(reason).toContain('zoo:1')
})
