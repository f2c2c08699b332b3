/** Libraries of one's own on a server, and back: the real command, server and Redis. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { folder, http, Library } from 'picfind'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ended, picfind, start, starterPictures, temporaryFolder } from '../web/picfind-process.ts'
import { Gateway } from './gateway.ts'
import { everyoneWrites, type RedisClient, RunningRedis, RunningServer } from './processes.ts'
import { addPictures, blobOf, nameOf, range, vectorOf } from './vectors.ts'

const fields = 'type,size,width,height'

let redis: RunningRedis
let client: RedisClient
let server: RunningServer
let scratch: ReturnType<typeof temporaryFolder>
let own: string

beforeEach(async () => {
  redis = await RunningRedis.start()
  client = await redis.client()
  client.on('error', () => undefined)
  server = await RunningServer.start(redis, [...everyoneWrites, '--fields', fields])
  await isServed()
  scratch = temporaryFolder()
  own = join(scratch.path, 'own')
})

afterEach(async () => {
  await server.stop()
  client.destroy()
  await redis.stop()
  scratch.remove()
})

/** Until there is a library, without pictures. */
const isServed = () => expect.poll(async () => (await fetch(`${server.library}manifest.json`)).status).toBe(200)

async function index(): Promise<void> {
  const { code, stderr } = await picfind(['index', starterPictures, '--out', own, '--name', 'starter'])
  expect(code, stderr).toBe(0)
}

async function run(...args: string[]) {
  const { code, stdout, stderr } = await picfind(args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Record<string, unknown>
}

const push = (...args: string[]) => run('push', own, server.library, '--json', ...args)

test('what is pushed is found by its words, once, and comes back as it was', async () => {
  await index()
  expect(await push()).toMatchObject({ added: 60, changed: 0, unchanged: 0, left_out: [] })
  await server.publishes(60)
  expect(await push()).toMatchObject({ added: 0, changed: 0, unchanged: 60 })

  expect(await push('--thumbs')).toMatchObject({ unchanged: 60, thumbnails: 60 })
  await expect.poll(() => push('--thumbs'), { timeout: 30_000 }).toMatchObject({ unchanged: 60, thumbnails: 0 })

  const shared = await Library.open({ store: http(server.library) })
  const mine = await Library.open({ store: folder(own) })
  const ids = (hits: { id: string }[]) => hits.map(({ id }) => id.replace(/^zoo\//, ''))
  expect(ids(await shared.search('moose', { k: 3 }))).toEqual(ids(await mine.search('moose', { k: 3 })))
  const id = 'starter/bull-moose-lying-in-a-meadow.jpg'
  const { type, size, width, height } = await mine.record(id)
  expect(await shared.record(`zoo/${id}`)).toMatchObject({ type, size, width, height, source: 'zoo', path: id })
  const jpeg = await shared.thumbnail(`zoo/${id}`)
  expect(jpeg?.subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8))
  await shared.close()
  await mine.close()

  const copy = join(scratch.path, 'copy')
  expect(await run('pull', server.library, copy, '--json')).toMatchObject({ pictures: 60 })
  const { stdout } = await picfind(['search', copy, 'moose', '-k', '1', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ hits: [{ id: `zoo/${id}` }] })
})

test('thumbnails are published with the records that they are sent with', async () => {
  await index()
  expect(await push('--thumbs')).toMatchObject({ added: 60, thumbnails: 60 })
  await server.publishes(60)
  expect(await push('--thumbs')).toMatchObject({ unchanged: 60, thumbnails: 0 })
})

test('a push that was cut off or killed goes on, and pictures that are gone go when that is asked for', async () => {
  const others = await RunningRedis.start()
  const theirs = await others.client()
  await addPictures(theirs, range(0, 250))
  const source = await RunningServer.start(others)
  await source.publishes(250)
  await run('pull', source.library, own, '--json')
  const gateway = await Gateway.start(server.url)
  const library = server.library.replace(server.url, gateway.url)

  gateway.cutAfter(1, /records$/)
  const killed = start(['push', own, library])
  const end = ended(killed)
  await expect.poll(() => gateway.refused, { timeout: 30_000 }).toBeGreaterThan(0)
  killed.kill('SIGKILL')
  await end
  await server.publishes(100)
  gateway.cutAfter(1, /records$/)
  gateway.mend()
  const pushing = run('push', own, library, '--json')
  const refused = gateway.refused
  await expect.poll(() => gateway.refused, { timeout: 30_000 }).toBeGreaterThan(refused)
  gateway.mend()
  expect(await pushing).toMatchObject({ added: 150, unchanged: 100 })
  await server.publishes(250)

  await client.hSet('img:another/one.jpg', { vector: blobOf(vectorOf(9)) })
  await theirs.del([0, 1, 2].map(number => `img:${nameOf(number)}`))
  await source.publishes(247)
  await server.publishes(251)
  await run('pull', source.library, own, '--json')
  expect(await run('push', own, library, '--json', '--delete')).toMatchObject({ added: 0, removed: 3 })
  await server.publishes(248)
  await gateway.stop()
  await source.stop()
  theirs.destroy()
  await others.stop()
})

test('a server without Redis is waited for', async () => {
  await index()
  await redis.kill()
  await server.said('Redis is away')
  const answer = await fetch(`${server.library}records/a.jpg`, {
    method: 'PUT',
    body: JSON.stringify({ vector: Array.from({ length: 256 }, () => 1) }),
  })
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).not.toBeNull()
  const pushing = push()
  await redis.restart()
  expect(await pushing).toMatchObject({ added: 60 })
})

test('a pull that was cut off fetches no file twice, and another library is not written over', async () => {
  await index()
  await push()
  await server.publishes(60)
  const gateway = await Gateway.start(server.url)
  const library = server.library.replace(server.url, gateway.url)
  const copy = join(scratch.path, 'copy')
  gateway.cutAfter(3, /\/[0-9a-f]{64}$/)
  const cut = await picfind(['pull', library, copy])
  expect(cut.code).toBe(1)
  expect(readdirSync(copy)).not.toContain('manifest.json')
  gateway.mend()
  const { fetched, files } = (await run('pull', library, copy, '--json')) as { fetched: number; files: number }
  expect(fetched).toBeLessThan(files)
  const paths = gateway.files().map(({ path }) => path)
  expect(new Set(paths).size).toBe(paths.length)
  for (const name of readdirSync(copy)) expect(statSync(join(copy, name)).isFile()).toBe(true)
  const { code, stderr } = await picfind(['pull', library, own])
  expect(code).toBe(2)
  expect(stderr).toContain('holds another library')
  expect(JSON.parse(readFileSync(join(own, 'manifest.json'), 'utf8'))).toMatchObject({ counts: { records: 60 } })
  await gateway.stop()
})
