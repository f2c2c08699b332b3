/**
 * A Redis that holds a million vectors already: searches are answered at once, by its query engine, while files are made of them in the
 * background.
 */
import { readFileSync } from 'node:fs'
import { Failure } from '../../web/tools/command.mjs'
import { median } from './measure.mjs'
import { eachQuery } from './nearest.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { asker, bodyOf } from './server-asker.mjs'
import { createIndex, memoryOf, redisStack, startRedis, startServer, writeHashes } from './server-processes.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const queries = 20
const sampled = 1000

/** Megabytes that a process has held at most. */
const peakOf = pid => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

async function metricOf(port, name) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** { time, engine } of a search. */
async function search(ask, query, options) {
  const started = performance.now()
  const { engine } = JSON.parse(await ask(bodyOf(query, options)))
  return { time: performance.now() - started, engine }
}

/** Searches one after the other until a promise is there; resolves with them, and with the metrics that said how far it is. */
async function searchesUntil(done, { ask, port, asked }) {
  const searches = []
  const seen = new Set()
  let goesOn = true
  const ended = done.finally(() => {
    goesOn = false
  })
  while (goesOn) {
    searches.push(await search(ask, asked[searches.length % asked.length]))
    seen.add(await metricOf(port, 'picfind_pictures_seen'))
    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 1000))])
  }
  await ended
  return { searches, seen }
}

export async function* serverMillion({ quick }) {
  const rows = quick ? 100_000 : 1_000_000
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const asked = eachQuery(source.rows(rows, queries), dim)
  const redis = await startRedis(await redisStack())
  const name = `${rows.toLocaleString('en')} × ${dim} in Redis`
  try {
    await createIndex(redis.client, dim)
    await writeHashes(redis.client, { rows, dim, vectorsOf: (first, count) => source.rows(first, count) })
    const started = performance.now()
    const server = await startServer(redis, ['--prefix', 'img:', '--model', 'clip-vit-b-32'])
    const http = asker(server)
    try {
      const first = await search(http.ask, asked[0])
      const answered = performance.now() - started
      if (first.engine !== 'redis-flat') throw new Failure(`expected the engine redis-flat, found ${first.engine}`)
      yield row(`${name}: start of the server to first answer`, answered / 1000, 's', { goal: atMost(2) })
      const published = server.publishes(rows).then(() => performance.now() - started)
      const { searches, seen } = await searchesUntil(published, { ask: http.ask, port: server.port, asked })
      const built = await published
      const told = server.lines().filter(({ what }) => what === 'looking at all pictures').length
      yield row(`${name}: made into files`, (rows / built) * 60_000, 'rows/min', {
        goal: atLeast(500_000),
        against: `progress: ${told} lines of the log, ${seen.size} values of the metric`,
      })
      yield row(`${name}: POST search meanwhile, p50`, median(searches.map(({ time }) => time)), 'ms', {
        against: `${searches.length} searches, all by ${[...new Set(searches.map(({ engine }) => engine))].join(', ')}`,
      })
      yield row(`${name}: peak memory of the server`, peakOf(server.pid), 'MB')
      const files = await memoryOf(redis.client, 'picfind:*')
      const vectors = (await memoryOf(redis.client, `img:${'?'.repeat(5)}000`)) * (rows / Math.ceil(rows / sampled))
      yield row(`${name}: memory of Redis for files against the hashes'`, files / vectors, '', { goal: atMost(0.35) })
      // No index has this metric.
      const scans = []
      for (const query of asked) scans.push((await search(http.ask, query, { metric: 'l1' })).time)
      yield row(`${name}: POST search by the server's own scan (l1), p50`, median(scans), 'ms')
    } finally {
      http.close()
      await server.stop()
    }
  } finally {
    await redis.stop()
  }
}
