/** Redis and picfind-server as other processes, each on a free port of this machine. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient } from 'redis'
import { Failure } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'
import { redisEngines } from '../../web/tools/toolchain.mjs'

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** The server that tests/server/engines.sh fetches, with its query engine. */
export async function redisStack() {
  const folder = await redisEngines()
  const modules = ['redisearch', 'rejson'].flatMap(name => ['--loadmodule', join(folder, `${name}.so`)])
  return { command: join(folder, 'redis-server'), args: modules }
}

/** Lines that a process writes, from the one that `matches` on for somebody else. */
async function firstLine(stream, matches) {
  for await (const line of createInterface(stream)) {
    if (!matches(line)) continue
    stream.resume()
    return line
  }
  throw new Failure('a process ended before it was ready')
}

async function ended(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** `program`: the machine's own Redis if not given. */
export async function startRedis({ command, args } = { command: 'redis-server', args: [] }) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'picfind-redis-'))
  const common = ['--port', port, '--dir', folder, '--save', '', '--notify-keyspace-events', 'KEA']
  const child = spawn(command, [...common, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  await firstLine(child.stdout, line => line.includes('Ready to accept connections'))
  const url = `redis://127.0.0.1:${port}/0`
  const client = createClient({ url })
  await client.connect()
  return {
    url,
    client,
    stop: async () => {
      client.destroy()
      child.kill('SIGKILL')
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function logLines(path) {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line))
}

/** The first line of a log of which this holds, once it is there. */
async function logLine(path, child, holds) {
  const watcher = watch(path)
  try {
    for (;;) {
      // Before the look: a line that comes meanwhile is a change, too.
      const changed = once(watcher, 'change')
      const found = logLines(path).find(holds)
      if (found) return found
      if (child.exitCode !== null) throw new Failure(`picfind-server ended: ${readFileSync(path, 'utf8')}`)
      await changed
    }
  } finally {
    watcher.close()
  }
}

export async function startServer(redis, args) {
  const cache = mkdtempSync(join(tmpdir(), 'picfind-server-'))
  const common = ['--redis', redis.url, '--listen', '127.0.0.1:0', '--library', 'bench', '--models', inRoot('models')]
  // A line a request: to read them here would cost what the load needs.
  const log = join(cache, 'log')
  writeFileSync(log, '')
  const child = spawn(inRoot('build', 'picfind-server'), [...common, '--cache', cache, ...args], {
    stdio: ['ignore', 'inherit', openSync(log, 'a')],
  })
  const { port } = await logLine(log, child, line => line.what === 'serving')
  return {
    port,
    pid: child.pid,
    cache,
    library: `http://127.0.0.1:${port}/v1/libraries/bench/`,
    lines: () => logLines(log),
    publishes: pictures => logLine(log, child, line => line.what === 'published' && line.pictures === pictures),
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
      rmSync(cache, { recursive: true, force: true })
    },
  }
}

/** Writes float32 rows as hashes `img:NUMBER`. */
export async function writeHashes(client, { rows, dim, vectorsOf }) {
  const step = 2000
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first)
    const vectors = vectorsOf(first, count)
    const pipeline = client.multi()
    for (let row = 0; row < count; row++) {
      const vector = Buffer.from(vectors.buffer, vectors.byteOffset + row * dim * 4, dim * 4)
      pipeline.hSet(`img:${String(first + row).padStart(8, '0')}`, { vector })
    }
    await pipeline.execAsPipeline()
  }
}

/** An index of Redis' query engine over what writeHashes() writes. */
export function createIndex(client, dim) {
  const vector = ['VECTOR', 'FLAT', '6', 'TYPE', 'FLOAT32', 'DIM', String(dim), 'DISTANCE_METRIC', 'COSINE']
  return client.sendCommand(['FT.CREATE', 'idx', 'ON', 'HASH', 'PREFIX', '1', 'img:', 'SCHEMA', 'vector', ...vector])
}

/** Bytes that Redis takes for these keys. */
export async function memoryOf(client, pattern) {
  let bytes = 0
  for await (const keys of client.scanIterator({ MATCH: pattern, COUNT: 1000 })) {
    const taken = await Promise.all(keys.map(key => client.memoryUsage(key, { SAMPLES: 0 })))
    for (const one of taken) bytes += one ?? 0
  }
  return bytes
}
