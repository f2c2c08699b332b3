import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../web/picfind-process.ts'
import { startRedisStack, write } from './engines.ts'
import { inspect } from './inspect.ts'
import { freePort, type RunningRedis, RunningServer } from './processes.ts'
import { addElements, range, vectorOf } from './vectors.ts'

const dim = 512
const folder = temporaryFolder()
let redis: RunningRedis
let server: RunningServer | undefined

beforeAll(async () => {
  redis = await startRedisStack()
})

afterEach(async () => {
  await server?.stop()
  server = undefined
})

afterAll(async () => {
  await redis?.stop()
  folder.remove()
})

test('a database without vectors is said to have none', async () => {
  const { code, stderr } = await inspect(redis.url)
  expect(stderr).toMatch(/expected hashes, JSON documents or vector sets with vectors, found none among 0 keys/)
  expect(code).not.toBe(0)
})

test('a Redis that is not there is said not to answer', async () => {
  const { code, stderr } = await inspect(`redis://127.0.0.1:${await freePort()}`)
  expect(stderr).toMatch(/Redis/)
  expect(code).not.toBe(0)
})

test('vectors of every layout are found, with flags that serve them', async () => {
  const counts = { redis_py_tutorial: 60, image_search_engine: 50, redisvl_index: 40, vector_set: 30 }
  for (const [writer, pictures] of Object.entries(counts)) {
    const file = join(folder.path, writer)
    const vectors = [...range(0, pictures)].map(number => Buffer.from(vectorOf(number, dim).buffer))
    writeFileSync(file, Buffer.concat(vectors))
    await write(`${writer}.py`, String(redis.port), file, String(dim))
  }
  const { stdout } = await inspect(redis.url)
  expect(stdout.match(/^\d.*$/gm)).toEqual([
    '60 documents of 512 dimensions, searched by redis-flat',
    '50 documents of 512 dimensions, searched by redis-flat',
    '40 hashes of 512 dimensions, searched by redis-hnsw',
    '30 elements of 512 dimensions, searched by redis-vectorset',
  ])
  const commands = stdout.match(/(?<=^ {2}picfind-server ).*$/gm) ?? []
  for (const [i, pictures] of Object.values(counts).entries()) {
    const flags = commands[i]!.split(' ').map(word => word.replaceAll("'", ''))
    server = await RunningServer.start(redis, flags)
    await server.publishes(pictures)
    await server.stop()
    server = undefined
  }
})

test('vector sets whose keys begin alike are proposed together', async () => {
  const client = await redis.client()
  await client.flushAll()
  await addElements(client, 'Q8', number => `zoo:{${number % 2}}`, range(0, 40))
  await addElements(client, 'Q8', () => 'others', range(0, 10))
  client.destroy()
  const { stdout } = await inspect(redis.url)
  expect(stdout).toContain('40 elements of 256 dimensions in 2 vector sets, searched by redis-vectorset')
  expect(stdout).toContain("--library zoo --layout vectorset --keys 'zoo:{0},zoo:{1}' --fields title,year")
  expect(stdout).toContain('10 elements of 256 dimensions, searched by redis-vectorset')
  expect(stdout).toContain('--library others --layout vectorset --prefix others --fields')
})

test('passwords are not repeated', async () => {
  const { stdout, stderr } = await inspect(redis.url.replace('//', '//default:hush@'))
  expect(stdout + stderr).not.toContain('hush')
})
