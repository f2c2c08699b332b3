import { createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { nearest, recall, search } from './brute-force.ts'
import { createIndex, startCluster } from './engines.ts'
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
