import { afterEach, beforeEach, expect, test } from 'vitest'
import { filesOf } from './library-files.ts'
import { type RedisClient, RunningRedis, RunningServer } from './processes.ts'
import { addPictures, range } from './vectors.ts'

let redis: RunningRedis
let client: RedisClient
const servers: RunningServer[] = []

async function serve(...args: string[]): Promise<RunningServer> {
  const server = await RunningServer.start(redis, args)
  servers.push(server)
  return server
}

beforeEach(async () => {
  redis = await RunningRedis.start()
  client = await redis.client()
  client.on('error', () => undefined)
  await addPictures(client, range(0, 1200))
})

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  client.destroy()
  await redis.stop()
})

test('two servers on one Redis answer with the same bytes', async () => {
  const one = await serve()
  await one.publishes(1200)
  const two = await serve()
  const files = await filesOf(one)
  expect(files.size).toBeGreaterThan(5)
  expect(await two.manifest()).toBe(await one.manifest())
  expect(await filesOf(two)).toEqual(files)
})

test.each([
  ['killed', 'SIGKILL'],
  ['stopped', 'SIGSTOP'],
] as const)('another server goes on when the one that makes the first files is %s at it', async (_, signal) => {
  await addPictures(client, range(10_000, 30_000))
  const one = await serve()
  await one.said('this server publishes')
  one.signal(signal)
  const two = await serve()
  await two.publishes(21_200)
  const manifest = await two.manifest()
  one.signal('SIGCONT')
  if (signal === 'SIGSTOP') await one.said('publishing was interrupted')
  expect(await two.manifest()).toBe(manifest)
})

test('another server goes on when the one that publishes is killed', async () => {
  const one = await serve()
  await one.publishes(1200)
  const two = await serve()
  one.signal('SIGKILL')
  await addPictures(client, range(2000, 2003))
  await two.publishes(1203)
})

test('a server that was stopped for longer than its lease cannot publish over another', async () => {
  const one = await serve()
  await one.publishes(1200)
  one.signal('SIGSTOP')
  const two = await serve()
  await addPictures(client, range(3000, 3002))
  await two.publishes(1202)
  const { sequence } = JSON.parse(await two.manifest()) as { sequence: number }
  one.signal('SIGCONT')
  await one.said('publishing was interrupted')
  expect(JSON.parse(await two.manifest())).toMatchObject({ sequence })
})

test('files are served on while Redis is away, and it is said that it is', async () => {
  const server = await serve()
  await server.publishes(1200)
  const files = await filesOf(server)
  await redis.kill()
  await server.said('Redis is away')
  expect(await filesOf(server)).toEqual(files)
  const ready = await fetch(`${server.url}readyz`)
  expect(ready.status).toBe(503)
  expect(ready.headers.get('retry-after')).not.toBeNull()
  expect((await fetch(`${server.url}healthz`)).status).toBe(200)
})

test('a Redis that comes back empty begins a new epoch', async () => {
  const server = await serve()
  await server.publishes(1200)
  const { epoch } = JSON.parse(await server.manifest()) as { epoch: string }
  await redis.kill()
  await redis.restart()
  const again = await redis.client()
  await addPictures(again, range(0, 40))
  await server.publishes(40)
  await again.close()
  expect((JSON.parse(await server.manifest()) as { epoch: string }).epoch).not.toBe(epoch)
})

test('a Redis that comes back with what it had a while ago begins a new epoch', async () => {
  const server = await serve()
  await server.publishes(1200)
  await client.sendCommand(['SAVE'])
  await addPictures(client, range(2000, 2040))
  await server.publishes(1240)
  const { epoch } = JSON.parse(await server.manifest()) as { epoch: string }
  await redis.kill()
  await server.said('Redis is away')
  await redis.restart()
  const { reason } = await server.said('the library begins anew')
  expect(reason).toMatch(/^Redis has sequence \d+ of it, and had \d+$/)
  await server.publishes(1200)
  expect((JSON.parse(await server.manifest()) as { epoch: string }).epoch).not.toBe(epoch)
})

test('it ends at once when it is asked to and nobody is connected', async () => {
  const server = await serve()
  await server.publishes(1200)
  expect(await server.stop()).toBe(0)
})
