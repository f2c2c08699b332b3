/** A Redis with made pictures and a picfind-server that serves them, for as long as a bench needs them. */
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient } from 'redis'
import { inRoot } from '../../web/tools/places.mjs'
import { random } from './measure.mjs'

/** picfind-mini's. */
const dim = 256
const picturesAWrite = 1000

export function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const exited = child => new Promise(resolve => child.once('exit', resolve))

async function lineOf(stream, matches) {
  for await (const line of createInterface(stream)) if (matches(line)) return line
  throw new Error('a program ended before it was ready')
}

/** The first such line of a log, once it is there. */
async function logLine(path, matches) {
  const find = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line))
      .find(matches)
  const changes = watch(path)
  for (let found = find(); ; found = find()) {
    if (found) return found
    await changes.next()
  }
}

async function startRedis(folder) {
  const port = await freePort()
  const args = ['--port', String(port), '--dir', folder, '--save', '', '--notify-keyspace-events', 'KEA']
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await lineOf(child.stdout, line => line.includes('Ready to accept connections'))
  child.stdout.resume()
  return { child, port }
}

async function addPictures(port, count) {
  const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect()
  const next = random(1)
  for (let from = 0; from < count; from += picturesAWrite) {
    const pipeline = client.multi()
    for (let number = from; number < Math.min(from + picturesAWrite, count); number++) {
      const vector = Float32Array.from({ length: dim }, () => next() - 0.5)
      pipeline.hSet(`img:${String(number).padStart(7, '0')}.jpg`, {
        vector: Buffer.from(vector.buffer),
        title: `${number}`,
      })
    }
    await pipeline.execAsPipeline()
  }
  await client.close()
}

/** `use` gets { url of the library, cache folder, pid of the server, place for further files } once all pictures are published. */
export async function withSharedLibrary(pictures, use) {
  const place = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  const redis = await startRedis(place)
  let server
  try {
    await addPictures(redis.port, pictures)
    const cache = join(place, 'cache')
    const library = ['--library', 'zoo', '--prefix', 'img:', '--fields', 'title', '--model', 'picfind-mini']
    const places = ['--models', inRoot('models'), '--cache', cache, '--listen', '127.0.0.1:0']
    const args = ['--redis', `redis://127.0.0.1:${redis.port}/0`, ...library, ...places]
    // Into a file, as nginx does: to read a line for each request would cost this process what the load needs.
    const log = join(place, 'server.log')
    writeFileSync(log, '')
    server = spawn(inRoot('build/picfind-server'), args, { stdio: ['ignore', 'ignore', openSync(log, 'a')] })
    const { port } = await logLine(log, ({ what }) => what === 'serving')
    await logLine(log, line => line.what === 'published' && line.pictures === pictures)
    return await use({ url: `http://127.0.0.1:${port}/v1/libraries/zoo/`, cache, pid: server.pid, place })
  } finally {
    server?.kill('SIGTERM')
    if (server) await exited(server)
    redis.child.kill('SIGKILL')
    rmSync(place, { recursive: true, force: true })
  }
}
