/** Search on the server: what it adds to asking Redis itself, and its own scan where Redis has no engine. */
import { Agent, request } from 'node:http'
import { interleaved, median } from './measure.mjs'
import { eachQuery } from './nearest.mjs'
import { atMost, row } from './rows.mjs'
import { redisStack, startRedis, startServer, writeHashes } from './server-processes.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const k = 10
const queries = 100

/** Asks on one connection that stays open; resolves with the answer's JSON. */
function asker(server) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = body =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const asked = request(`${server.library}search`, { method: 'POST', agent, headers }, answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', part => {
          text += part
        })
        answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))))
      })
      asked.on('error', reject).end(body)
    })
  return { ask, close: () => agent.destroy() }
}

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
    const server = await startServer(redis, ['--prefix', 'img:', '--model', 'clip-vit-b-32'])
    const http = asker(server)
    try {
      await server.publishes(rows)
      const asked = eachQuery(source.rows(rows, queries), dim)
      return await use({ redis, asked, ask: http.ask })
    } finally {
      http.close()
      await server.stop()
    }
  } finally {
    await redis.stop()
  }
}

const bodyOf = query => JSON.stringify({ query: { vector: [...query] }, k })

function createIndex(client, dim) {
  const vector = ['VECTOR', 'FLAT', '6', 'TYPE', 'FLOAT32', 'DIM', String(dim), 'DISTANCE_METRIC', 'COSINE']
  return client.sendCommand(['FT.CREATE', 'idx', 'ON', 'HASH', 'PREFIX', '1', 'img:', 'SCHEMA', 'vector', ...vector])
}

async function* overQueryEngine({ quick }) {
  const rows = 10_000
  const measured = await withLibrary(
    { program: await redisStack(), rows, prepare: createIndex },
    async ({ redis, asked, ask }) => {
      const { engine } = await ask(bodyOf(asked[0]))
      if (engine !== 'redis-flat') throw new Error(`expected the engine redis-flat, found ${engine}`)
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
  const times = await withLibrary({ rows }, async ({ asked, ask }) => {
    const bodies = asked.map(bodyOf)
    const { engine } = await ask(bodies[0])
    if (engine !== 'exact') throw new Error(`expected the engine exact, found ${engine}`)
    return (await interleaved(quick ? 3 : 7, { server: () => middleTime(bodies, ask) })).server
  })
  yield row(`${rows.toLocaleString('en')} × 512, POST search by the server's own scan: p50`, median(times), 'ms', {
    goal: atMost(10),
  })
}

export async function* serverSearch(options) {
  yield* overQueryEngine(options)
  yield* ownScan(options)
}
