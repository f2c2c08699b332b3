/** Records written by HTTP into each layout: how they lie there, as the tools that own it would read them. */
import { join } from 'node:path'
import { folder, http, Library } from 'picfind'
import { RESP_TYPES } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { picfind, starterPictures, temporaryFolder } from '../web/picfind-process.ts'
import { search } from './brute-force.ts'
import { startRedisStack } from './engines.ts'
import { everyoneWrites, type RedisClient, type RunningRedis, RunningServer } from './processes.ts'
import { dim, vectorOf } from './vectors.ts'

let redis: RunningRedis
let client: RedisClient
let server: RunningServer | undefined

const scratch = temporaryFolder()
const own = join(scratch.path, 'own')

beforeAll(async () => {
  redis = await startRedisStack()
  client = await redis.client()
  const { code, stderr } = await picfind(['index', starterPictures, '--out', own, '--name', 'starter'])
  expect(code, stderr).toBe(0)
})

afterEach(async () => {
  await server?.stop()
  server = undefined
  await client.flushAll()
})

afterAll(async () => {
  client?.destroy()
  await redis?.stop()
  scratch.remove()
})

interface Stored {
  vector: number[]
  fields: Record<string, unknown>
}

interface Layout {
  args: string[]
  /** Where fields have no place there are none. */
  hasFields: boolean
  /** As it lies in Redis; undefined where it does not. */
  read: (name: string) => Promise<Stored | undefined>
  /** Puts a record there as another tool would, with a field that is not served. */
  add: (name: string, vector: number[]) => Promise<unknown>
}

const named = ['--fields', 'title,year']

async function readJson(key: string): Promise<Record<string, unknown> | number[] | undefined> {
  const text = (await client.sendCommand(['JSON.GET', key])) as string | null
  return text === null ? undefined : (JSON.parse(text) as Record<string, unknown> | number[])
}

async function readElement(keys: string[], name: string): Promise<Stored | undefined> {
  for (const key of keys) {
    const vector = (await client.sendCommand(['VEMB', key, name])) as string[] | null
    const attributes = (await client.sendCommand(['VGETATTR', key, name])) as string | null
    if (vector) return { vector: vector.map(Number), fields: JSON.parse(attributes ?? '{}') as Stored['fields'] }
  }
  return undefined
}

const layouts: Record<string, Layout> = {
  'hashes of blobs': {
    args: ['--layout', 'hash', '--prefix', 'img:', ...named],
    hasFields: true,
    read: async name => {
      const { vector, ...fields } = await client
        .withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
        .hGetAll(`img:${name}`)
      if (vector === undefined) return undefined
      const texts = Object.entries(fields).map(([field, bytes]) => [field, String(bytes)] as const)
      return { vector: [...new Float32Array(new Uint8Array(vector).buffer)], fields: Object.fromEntries(texts) }
    },
    add: (name, vector) =>
      client.hSet(`img:${name}`, { vector: Buffer.from(new Float32Array(vector).buffer), title: 'old', owner: 'Ann' }),
  },
  'JSON arrays': {
    args: ['--layout', 'json', '--prefix', 'ball-'],
    hasFields: false,
    read: async name => {
      const vector = (await readJson(`ball-${name}`)) as number[] | undefined
      return vector && { vector, fields: {} }
    },
    add: (name, vector) => client.sendCommand(['JSON.SET', `ball-${name}`, '$', JSON.stringify(vector)]),
  },
  'JSON documents with the vector at a path': {
    args: ['--layout', 'json', '--prefix', 'doc:', '--field', '$.clip.vector', '--fields', 'title,$.meta.year'],
    hasFields: true,
    read: async name => {
      const document = (await readJson(`doc:${name}`)) as { clip: { vector: number[] } } | undefined
      if (!document) return undefined
      const { clip, ...fields } = document
      return { vector: clip.vector, fields }
    },
    add: (name, vector) => {
      const document = { clip: { vector }, title: 'old', owner: 'Ann' }
      return client.sendCommand(['JSON.SET', `doc:${name}`, '$', JSON.stringify(document)])
    },
  },
  'a vector set': {
    args: ['--layout', 'vectorset', '--prefix', 'pictures', ...named],
    hasFields: true,
    read: name => readElement(['pictures'], name),
    add: (name, vector) => client.vAdd('pictures', vector, name, { SETATTR: { title: 'old', owner: 'Ann' } }),
  },
  'several vector sets': {
    args: ['--layout', 'vectorset', '--keys', 'zoo:0,zoo:1,zoo:2', ...named],
    hasFields: true,
    read: name => readElement(['zoo:0', 'zoo:1', 'zoo:2'], name),
    add: (name, vector) => client.vAdd('zoo:1', vector, name, { SETATTR: { title: 'old', owner: 'Ann' } }),
  },
}

const vectorsAre = (found: number[] | undefined, sought: number[]) => {
  // Vector sets keep eight bits of each number, and the length apart.
  const product = found!.reduce((sum, x, i) => sum + x * sought[i]!, 0)
  expect(product / Math.hypot(...found!) / Math.hypot(...sought)).toBeGreaterThan(0.999)
}

describe.each(Object.entries(layouts))('in %s', (_, { args, hasFields, read, add }) => {
  const put = (name: string, body: unknown) =>
    fetch(`${server!.library}records${name}`, {
      method: 'PUT',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const yearField = args.includes('title,$.meta.year') ? '$.meta.year' : 'year'

  test('a record is written, replaced and deleted', async () => {
    await add('old.jpg', [...vectorOf(1)])
    server = await RunningServer.start(redis, [...args, ...everyoneWrites])
    await server.publishes(1)
    const fields = hasFields ? { title: 'a "new" one', [yearField]: 1983 } : {}
    const vector = [...vectorOf(2)]
    const written = await put('/2024/a%20b.jpg', { vector, fields: { ...fields, owner: 'Ann' } })
    expect(await written.json()).toEqual({ written: 1, skipped: [], left_out: ['owner'] })
    await server.publishes(2)
    const stored = await read('2024/a b.jpg')
    vectorsAre(stored?.vector, vector)
    if (hasFields) expect(stored?.fields).toMatchObject({ title: 'a "new" one' })
    const answer = (await (await fetch(`${server.library}records/2024/a%20b.jpg`)).json()) as { record: object }
    expect(answer.record).toMatchObject({
      path: '2024/a b.jpg',
      ...(hasFields && { title: 'a "new" one', metadata: { [yearField]: '1983' } }),
    })
    const like = await search(server, { query: { vector }, k: 1 })
    expect(like.results[0]).toMatchObject({ key: '2024/a b.jpg' })
    // What is put anew says nothing of the title, which goes.
    await put('/old.jpg', { vector, fields: {} })
    await expect.poll(async () => (await read('old.jpg'))?.fields.title).toBeUndefined()
    vectorsAre((await read('old.jpg'))?.vector, vector)
    const gone = () => fetch(`${server!.library}records/old.jpg`, { method: 'DELETE' })
    expect((await gone()).status).toBe(204)
    expect((await gone()).status).toBe(404)
    expect(await read('old.jpg')).toBeUndefined()
    await server.publishes(1)
  })

  test('many begin a library, and one that is no vector is told', async () => {
    server = await RunningServer.start(redis, [...args, ...everyoneWrites])
    await expect.poll(async () => (await fetch(`${server!.library}manifest.json`)).status).toBe(200)
    const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ key: `${i}.jpg`, vector: [...vectorOf(i)] }))
    const wrong = JSON.stringify({ key: 'wrong.jpg', vector: [1, 2] })
    const said = await (await put('', [...lines, wrong].join('\n'))).json()
    const reason = `vector: expected ${dim} dimensions, found 2`
    expect(said).toEqual({ written: 40, skipped: [{ key: 'wrong.jpg', reason }], left_out: [] })
    await server.publishes(40)
    const { results } = await search(server, { query: { vector: [...vectorOf(7)] }, k: 1 })
    expect(results[0]).toMatchObject({ key: '7.jpg' })
  })

  test('a library is pushed once, and found by its words', async () => {
    server = await RunningServer.start(redis, [...args, ...everyoneWrites])
    await expect.poll(async () => (await fetch(`${server!.library}manifest.json`)).status).toBe(200)
    const push = async () => {
      const { code, stdout, stderr } = await picfind(['push', own, server!.library, '--json'])
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout) as Record<string, unknown>
    }
    expect(await push()).toMatchObject({ added: 60, changed: 0 })
    await server.publishes(60)
    expect(await push()).toMatchObject({ added: 0, changed: 0, unchanged: 60 })
    const shared = await Library.open({ store: http(server.library) })
    const mine = await Library.open({ store: folder(own) })
    const ids = (hits: { id: string }[]) => hits.map(({ id }) => id.replace(/^zoo\//, ''))
    expect(ids(await shared.search('moose', { k: 3 }))).toEqual(ids(await mine.search('moose', { k: 3 })))
    await shared.close()
    await mine.close()
  })
})
