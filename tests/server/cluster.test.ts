import { createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { nearest, recall, search } from './brute-force.ts'
import { createIndex, startCluster } from './engines.ts'
import { inspect } from './inspect.ts'
import { RunningServer } from './processes.ts'
import { blobOf, dim, nameOf, range, vectorOf } from './vectors.ts'

const pictures = 900
const vectors = new Map([...range(0, pictures)].map(number => [nameOf(number), vectorOf(number)]))
const queries = [...range(50_000, 50_010)].map(number => vectorOf(number))

let nodes: Awaited<ReturnType<typeof startCluster>> = []
let server: RunningServer | undefined

const connect = () => createCluster({ rootNodes: nodes.map(({ redis }) => ({ url: redis.url })) }).connect()

beforeAll(async () => {
  nodes = await startCluster()
})

afterEach(async () => {
  await server?.stop()
})

afterAll(async () => {
  for (const { redis, client } of nodes) {
    client.destroy()
    await redis.stop()
  }
})

const engineOf = async (of: RunningServer) => ((await (await fetch(of.library)).json()) as { engine: string }).engine

/** A name that is of a node's own slots, without which the node refuses the index. */
async function indexName({ client, holds }: (typeof nodes)[number]): Promise<string> {
  for (let i = 0; ; i++) {
    const slot = Number(await client.sendCommand(['CLUSTER', 'KEYSLOT', `idx${i}`]))
    if (slot >= holds.first && slot <= holds.last) return `idx${i}`
  }
}

test('the index of every node is asked, and their answers are merged', async () => {
  for (const node of nodes) await createIndex(node.client, { name: await indexName(node), dim })
  const cluster = await connect()
  for (const [name, vector] of vectors) await cluster.hSet(`img:${name}`, { vector: blobOf(vector), title: name })
  const found = await Promise.all(nodes.map(({ client }) => client.dbSize()))
  expect(Math.min(...found)).toBeGreaterThan(pictures / 5)
  server = await RunningServer.start(nodes[0]!.redis, ['--fields', 'title'])
  // A node has a part of the pictures, of which no library is to be made.
  await server.said('no files are made: Redis is a cluster')
  expect(await engineOf(server)).toBe('redis-cluster-flat')
  expect(await recall(server, vectors, queries, { engine: 'redis-cluster-flat' })).toBe(1)
  // Records are of different nodes.
  for (const number of [1, 2, 3, 4]) {
    const { results } = await search(server, { query: { record: nameOf(number) }, k: 5 })
    const right = new Map(vectors)
    right.delete(nameOf(number))
    expect(results.map(({ key }) => key)).toEqual(nearest(right, vectorOf(number), 5))
    expect(results[0]?.record).toMatchObject({ title: results[0]?.key })
  }
  cluster.destroy()
})

test('vector sets of different nodes are one library, each asked where it lies', async () => {
  const keys = [...range(0, 6)].map(number => `zoo:${number}`)
  const cluster = await connect()
  const attributes = (number: number) => ({ title: nameOf(number), year: 1980 + (number % 10) })
  for (const number of range(0, pictures)) {
    const options = { QUANT: 'NOQUANT' as const, SETATTR: attributes(number) }
    await cluster.vAdd(keys[number % 6]!, [...vectorOf(number)], nameOf(number), options)
  }
  const held = await Promise.all(nodes.map(async ({ client }) => (await client.keys('zoo:*')).length))
  expect(held.filter(count => count > 0).length).toBeGreaterThan(1)
  const { stdout } = await inspect(nodes[1]!.redis.url)
  expect(stdout).toContain(
    `${pictures} elements of 256 dimensions in 6 vector sets, searched by redis-cluster-vectorset`,
  )
  expect(stdout).toContain(`--layout vectorset --keys ${keys.join()} --fields title,year`)
  server = await RunningServer.start(nodes[1]!.redis, [
    ...['--layout', 'vectorset', '--keys', keys.join(), '--fields', 'title,year'],
  ])
  const engine = 'redis-cluster-vectorset'
  expect(await engineOf(server)).toBe(engine)
  expect(await recall(server, vectors, queries, { engine })).toBeGreaterThan(0.97)
  const some = new Map([...vectors].filter((_, number) => number % 10 === 3))
  const filter = { year: 1983 }
  const query = { sum: [{ record: nameOf(3) }, { weight: 0.5, record: nameOf(10) }] }
  const { results } = await search(server, { query, k: 20, filter })
  some.delete(nameOf(3))
  const unit = (vector: Float32Array) => vector.map(x => x / Math.hypot(...vector))
  const sought = unit(vectorOf(3)).map((x, i) => x + 0.5 * unit(vectorOf(10))[i]!)
  expect(results.map(({ key }) => key)).toEqual(nearest(some, sought, 20))
  expect(results[0]?.record).toMatchObject({ title: results[0]?.key, metadata: { year: '1983' } })
  // In two sets, of two nodes or one, an element is nobody's.
  const nearestOne = nearest(vectors, queries[0]!, 1)[0]!
  for (const key of keys) await cluster.vAdd(key, [...vectors.get(nearestOne)!], nearestOne, { QUANT: 'NOQUANT' })
  const others = new Map(vectors)
  others.delete(nearestOne)
  const found = await search(server, { query: { vector: [...queries[0]!] }, k: 3 })
  expect(found.results.map(({ key }) => key)).toEqual(nearest(others, queries[0]!, 3))
  cluster.destroy()
})

test('a vector set is asked where it lies', async () => {
  const cluster = await connect()
  for (const [name, vector] of vectors) await cluster.vAdd('pictures', [...vector], name, { QUANT: 'NOQUANT' })
  for (const { redis } of nodes) {
    server = await RunningServer.start(redis, ['--layout', 'vectorset', '--prefix', 'pictures'])
    expect(await engineOf(server)).toBe('redis-cluster-vectorset')
    expect(await recall(server, vectors, queries, { engine: 'redis-cluster-vectorset' })).toBeGreaterThan(0.97)
    await server.stop()
  }
  cluster.destroy()
})
