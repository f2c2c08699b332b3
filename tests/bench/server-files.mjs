/** Files of a shared library against nginx with one process, as the server has one, both with a log of requests; wrk asks. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, onPath, run } from '../../web/tools/command.mjs'
import { apt, install, updateListsFor } from '../../web/tools/debian.mjs'
import { cache } from '../../web/tools/places.mjs'
import { interleaved, median, random } from './measure.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { freePort, startRedis, startServer, writeHashes } from './server-processes.mjs'

const connections = 64
const rows = 20_000
/** picfind-mini's. */
const dim = 256
const milliseconds = { us: 0.001, ms: 1, s: 1000 }

/** Where Debian's nginx lies, taken out of its package: installed it would begin to serve this machine. */
async function nginxProgram() {
  const folder = join(cache, 'nginx')
  const program = join(folder, 'usr', 'sbin', 'nginx')
  if (existsSync(program)) return program
  await updateListsFor(['nginx'])
  mkdirSync(folder, { recursive: true })
  await apt(['download', 'nginx'], { folder })
  const debs = readdirSync(folder).filter(name => name.endsWith('.deb'))
  await run('dpkg-deb', ['-x', debs[0], folder], { folder })
  return program
}

async function startNginx(folder, place) {
  const port = await freePort()
  const settings = join(place, 'nginx.conf')
  writeFileSync(
    settings,
    `user root; daemon off; worker_processes 1; pid ${place}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log ${place}/access.log; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  default_type application/octet-stream; client_body_temp_path ${place}/a; proxy_temp_path ${place}/b;
  fastcgi_temp_path ${place}/c; uwsgi_temp_path ${place}/d; scgi_temp_path ${place}/e;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}`,
  )
  const child = spawn(await nginxProgram(), ['-e', 'stderr', '-p', place, '-c', settings], { stdio: 'inherit' })
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => child.exitCode !== null,
    )
  while (!(await isUp())) await new Promise(resolve => setImmediate(resolve))
  if (child.exitCode !== null) throw new Failure('nginx ended at once')
  return { url: `http://127.0.0.1:${port}/`, stop: () => child.kill('SIGQUIT') }
}

/** { rate: requests a second, late: milliseconds that 99 of 100 answers stay under } */
async function load(url, { seconds, clients = connections }) {
  const args = ['-t1', `-c${clients}`, `-d${seconds}s`, '--latency', url]
  const said = await run('wrk', args, { output: 'text' })
  const [, amount, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(said) ?? []
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]
  if (!rate || !unit || /Non-2xx|Socket errors/.test(said)) throw new Failure(`wrk:\n${said}`)
  return { rate: Number(rate), late: Number(amount) * milliseconds[unit] }
}

/** Megabytes of memory that a process holds, beside what it has mapped of `folder`. */
function memoryOf(pid, folder) {
  let sum = 0
  for (const mapping of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    if (!mapping.split('\n', 1)[0].includes(folder)) sum += Number(/^Rss: +(\d+) kB/m.exec(mapping)?.[1] ?? 0)
  }
  return sum / 1024
}

async function most(pid, folder, during) {
  let largest = 0
  const watch = setInterval(() => {
    largest = Math.max(largest, memoryOf(pid, folder))
  }, 50)
  await during
  clearInterval(watch)
  return largest
}

/** How both do with one file: ratios, with the figures of both. */
async function* fileRows({ bytes, urls, seconds, rounds }) {
  const runs = await interleaved(rounds, {
    server: () => load(urls.server, { seconds }),
    nginx: () => load(urls.nginx, { seconds }),
  })
  const of = (who, what) => median(runs[who].map(one => one[what]))
  const name = `Files of ${(bytes / 1024).toFixed(0)} KB, ${connections} connections`
  yield row(`${name}: requests a second, against nginx`, of('server', 'rate') / of('nginx', 'rate'), '×', {
    goal: atLeast(0.8),
    against: `${of('server', 'rate').toFixed(0)} and ${of('nginx', 'rate').toFixed(0)} a second`,
  })
  yield row(`${name}: 99 % answered within, against nginx`, of('server', 'late') / of('nginx', 'late'), '×', {
    goal: atMost(1.5),
    against: `${of('server', 'late').toFixed(2)} and ${of('nginx', 'late').toFixed(2)} ms`,
  })
}

/** A small file, a middling one, the largest. */
function chosenFiles(folder) {
  const files = readdirSync(folder)
    .filter(name => /^[0-9a-f]{64}$/.test(name))
    .map(name => ({ name, bytes: statSync(join(folder, name)).size }))
    .sort((a, b) => a.bytes - b.bytes)
  return [files.findLast(({ bytes }) => bytes < 8192), files.findLast(({ bytes }) => bytes < 100_000), files.at(-1)]
}

export async function* serverFiles({ quick }) {
  if (!onPath('wrk')) await install([{ name: 'wrk', why: 'asks servers for files in the benches' }])
  const redis = await startRedis()
  const next = random(1)
  const vectorsOf = (_, count) => Float32Array.from({ length: count * dim }, () => next() - 0.5)
  await writeHashes(redis.client, { rows, dim, vectorsOf })
  const server = await startServer(redis, ['--prefix', 'img:', '--model', 'picfind-mini'])
  const folder = join(server.cache, 'bench')
  let nginx
  try {
    await server.publishes(rows)
    const idle = memoryOf(server.pid, server.cache)
    nginx = await startNginx(folder, server.cache)
    const files = chosenFiles(folder)
    const seconds = quick ? 1 : 3
    for (const { name, bytes } of files) {
      const urls = { server: server.library + name, nginx: nginx.url + name }
      yield* fileRows({ bytes, urls, seconds, rounds: quick ? 1 : 5 })
    }
    const held = `Memory of a server that has published ${rows.toLocaleString('en')} pictures, beside its cache`
    yield row(held, idle, 'MB', { goal: atMost(30) })
    const syncing = load(server.library + files.at(-1).name, { seconds, clients: 100 })
    const busy = await most(server.pid, server.cache, syncing)
    const against = `${busy.toFixed(1)} MB`
    yield row('The same while 100 clients load files', busy / idle, '×', { goal: atMost(1.5), against })
  } finally {
    nginx?.stop()
    await server.stop()
    await redis.stop()
  }
}
