/** Search on the server: what it adds to asking Redis itself, and its own scan where Redis has no engine. */
import { Failure } from '../../web/tools/command.mjs'
import { interleaved, median } from './measure.mjs'
import { eachQuery } from './nearest.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { asker, bodyOf, k } from './server-asker.mjs'
import { createIndex, memoryOf, redisStack, startRedis, startServer, writeHashes } from './server-processes.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const queries = 100

/** Milliseconds of the middle one of these questions. */
async function middleTime(questions, ask) {
  const times = []
  for (const question of questions) {
    const start = performance.now()
    await ask(question)
    times.push(performance.now() - start)
  }
  return median(times)
}

async function withLibrary({ program, rows, prepare }, use) {
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const redis = await startRedis(program)
  try {
    await prepare?.(redis.client, dim)
    await writeHashes(redis.client, { rows, dim, vectorsOf: (first, count) => source.rows(first, count) })
    const started = performance.now()
    const server = await startServer(redis, ['--prefix', 'img:', '--model', 'clip-vit-b-32'])
    const http = asker(server)
    try {
      await server.publishes(rows)
      const built = performance.now() - started
      const asked = eachQuery(source.rows(rows, queries), dim)
      return await use({ redis, asked, ask: http.ask, built })
    } finally {
      http.close()
      await server.stop()
    }
  } finally {
    await redis.stop()
  }
}

async function expectEngine(expected, ask, query) {
  const { engine } = JSON.parse(await ask(bodyOf(query)))
  if (engine !== expected) throw new Failure(`expected the engine ${expected}, found ${engine}`)
}

async function* overQueryEngine({ quick }) {
  const rows = 10_000
  const measured = await withLibrary(
    { program: await redisStack(), rows, prepare: createIndex },
    async ({ redis, asked, ask }) => {
      await expectEngine('redis-flat', ask, asked[0])
      const knn = blob => [
        ...['FT.SEARCH', 'idx', '*=>[KNN $k @vector $query AS distance]', 'PARAMS', '4', 'k', String(k), 'query', blob],
        ...['SORTBY', 'distance', 'LIMIT', '0', String(k), 'DIALECT', '2', 'RETURN', '1', 'distance'],
      ]
      const blobs = asked.map(query => Buffer.from(query.buffer, query.byteOffset, query.byteLength))
      const bodies = asked.map(bodyOf)
      return interleaved(quick ? 5 : 15, {
        redis: () => middleTime(blobs, blob => redis.client.sendCommand(knn(blob))),
        server: () => middleTime(bodies, ask),
      })
    },
  )
  const ratio = median(measured.server.map((time, round) => time / measured.redis[round]))
  const against = `Redis ${median(measured.redis).toFixed(2)} ms, here ${median(measured.server).toFixed(2)} ms`
  yield row(`${rows.toLocaleString('en')} × 512, POST search over FT.SEARCH (FLAT): p50 against Redis`, ratio, '×', {
    goal: atMost(1.3),
    against,
  })
}

async function* ownScan({ quick }) {
  const rows = 100_000
  const measured = await withLibrary({ rows }, async ({ redis, asked, ask, built }) => {
    const bodies = asked.map(bodyOf)
    await expectEngine('exact', ask, asked[0])
    const { server } = await interleaved(quick ? 3 : 7, { server: () => middleTime(bodies, ask) })
    const memory = (await memoryOf(redis.client, 'picfind:*')) / (await memoryOf(redis.client, 'img:*'))
    return { server, memory, built }
  })
  const name = `${rows.toLocaleString('en')} × 512`
  yield row(`${name}, POST search by the server's own scan: p50`, median(measured.server), 'ms', { goal: atMost(10) })
  yield row(`${name}, hashes of Redis made into files`, (rows / measured.built) * 60_000, 'rows/min', {
    goal: atLeast(500_000),
  })
  yield row(`${name}, memory of Redis for files against the hashes'`, measured.memory, '', { goal: atMost(0.35) })
}

export async function* serverSearch(options) {
  yield* overQueryEngine(options)
  yield* ownScan(options)
}
