/** Vectors as the tools that own these layouts write them, in Python, beside the indexes they make. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { temporaryFolder } from '../web/picfind-process.ts'
import { recall, search } from './brute-force.ts'
import { startRedisStack, write } from './engines.ts'
import { type RunningRedis, RunningServer } from './processes.ts'
import { range, vectorOf } from './vectors.ts'

const pictures = 400
const folder = temporaryFolder()
let redis: RunningRedis | undefined
let server: RunningServer | undefined

afterEach(async () => {
  await server?.stop()
  await redis?.stop()
})

afterAll(() => folder.remove())

interface Layout {
  writer: string
  nameOf: (number: number) => string
  args: string[]
  engine: string
  record: Record<string, unknown>
  filter?: Record<string, unknown>
}

const layouts: Record<string, Layout> = {
  "redis-py's tutorial: documents with the vector at a path": {
    writer: 'redis_py_tutorial.py',
    nameOf: number => String(number).padStart(3, '0'),
    args: [
      '--layout',
      'json',
      '--prefix',
      'bikes:',
      '--field',
      '$.description_embeddings',
      '--fields',
      'model,brand,price',
    ],
    engine: 'redis-flat',
    record: { path: '007', metadata: { model: 'Model 7', brand: 'Eva', price: '700' } },
    filter: { brand: 'Eva', price: { min: 600, max: 800 } },
  },
  "simple-image-search-engine: arrays, vectors of CLIP's as they are": {
    writer: 'image_search_engine.py',
    nameOf: number => `${number}.png`,
    args: ['--layout', 'json', '--prefix', 'ball-'],
    engine: 'redis-flat',
    record: { path: '7.png' },
  },
  'RedisVL: hashes': {
    writer: 'redisvl_index.py',
    nameOf: number => `${number}.jpg`,
    args: ['--layout', 'hash', '--prefix', 'picture:', '--field', 'embedding', '--fields', 'title,album,year'],
    engine: 'redis-hnsw',
    record: { path: '7.jpg', title: 'Picture 7', metadata: { album: 'winter', year: '2007' } },
    filter: { album: 'winter', year: 2007 },
  },
  'VADD: elements with attributes': {
    writer: 'vector_set.py',
    nameOf: number => `${number}.jpg`,
    args: ['--layout', 'vectorset', '--prefix', 'pictures', '--fields', 'title,year'],
    engine: 'redis-vectorset',
    record: { path: '7.jpg', title: 'Picture 7', metadata: { year: '2007' } },
    filter: { title: 'Picture 7', year: 2007 },
  },
}

test.each(Object.entries(layouts))('%s', async (_, { writer, nameOf, args, engine, record, filter }) => {
  const dim = 512
  const numbers = [...range(1, pictures + 1)]
  const vectors = new Map(numbers.map(number => [nameOf(number), vectorOf(number, dim)]))
  const file = join(folder.path, 'vectors')
  writeFileSync(file, Buffer.concat([...vectors.values()].map(vector => Buffer.from(vector.buffer))))
  redis = await startRedisStack()
  await write(writer, String(redis.port), file, String(dim))
  server = await RunningServer.start(redis, [...args, '--model', 'clip-vit-b-32'])
  await server.publishes(pictures)
  const queries = [...range(50_000, 50_010)].map(number => vectorOf(number, dim))
  expect(await recall(server, vectors, queries, { engine })).toBeGreaterThan(0.95)
  const found = await search(server, { query: { vector: [...vectorOf(7, dim)] }, k: 1, ...(filter && { filter }) })
  expect(found).toMatchObject({ engine, results: [{ key: record.path, record }] })
})
