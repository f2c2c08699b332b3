import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../web/picfind-process.ts'
import { bearer, type RedisClient, type RunningRedis, RunningServer, serverProgram } from './processes.ts'
import { addPictures, range } from './vectors.ts'
import { startZoo, type Zoo } from './zoo.ts'

const folder = temporaryFolder()
const file = join(folder.path, 'tokens')
const page = 'https://gallery.example'

/** What `picfind-server token` prints. */
function makeToken(...args: string[]): string {
  const made = spawnSync(serverProgram, ['token', '--tokens', file, ...args], { encoding: 'utf8' })
  expect(made.stderr).toBe('')
  return made.stdout.trim()
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const inSeconds = (seconds: number) => `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`

let redis: RunningRedis
let client: RedisClient
let server: RunningServer
let stop: Zoo['stop'] | undefined
let reader: string
let writer: string
let stranger: string

beforeAll(async () => {
  reader = makeToken('--name', 'reader', '--libraries', 'zoo')
  writer = makeToken('--name', 'writer', '--right', 'write', '--libraries', 'zoo,birds')
  stranger = makeToken('--name', 'stranger', '--right', 'write', '--libraries', 'birds')
  ;({ redis, client, server, stop } = await startZoo(40, ['--tokens', file, '--cors', page], reader))
})

afterAll(async () => {
  await stop?.()
  folder.remove()
})

describe('a token', () => {
  test('is in no file, which is its owner’s alone', () => {
    expect(readFileSync(file, 'utf8')).not.toContain(reader)
    expect(readFileSync(file, 'utf8')).toContain(`reader read zoo never ${sha256(reader)}`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('is in no log, nor is one that somebody put into an address', async () => {
    await fetch(`${server.library}manifest.json?access_token=${reader}`, { headers: bearer(writer) })
    await server.said('request', { path: '/v1/libraries/zoo/manifest.json', status: 200 })
    for (const token of [reader, writer, stranger]) expect(JSON.stringify(server.log)).not.toContain(token)
  })

  test('in an address is none', async () => {
    const response = await fetch(`${server.library}manifest.json?access_token=${reader}&token=${reader}`)
    expect(response.status).toBe(401)
  })

  test.each([
    ['none', undefined, 401],
    ['one that nobody made', 'picfind_0000', 401],
    ['one for another library', () => stranger, 403],
    ['one that reads', () => reader, 200],
    ['one that writes', () => writer, 200],
  ] as const)('of this kind reads as it should: %s', async (_, token, status) => {
    const headers = bearer(typeof token === 'function' ? token() : token)
    for (const name of ['', 'manifest.json']) {
      const response = await fetch(server.library + name, { headers })
      expect(response.status).toBe(status)
      expect(response.headers.get('www-authenticate')?.startsWith('Bearer')).toBe(status === 401 ? true : undefined)
      if (status !== 200) expect(await response.json()).toMatchObject({ error: { status } })
    }
  })

  test.each([
    ['none', undefined, 401],
    ['one that reads', () => reader, 403],
    ['one for another library', () => stranger, 403],
  ] as const)('of this kind changes nothing: %s', async (_, token, status) => {
    const headers = bearer(typeof token === 'function' ? token() : token)
    const body = 'x'.repeat(100_000)
    for (const method of ['PUT', 'DELETE'])
      expect((await fetch(`${server.library}records/new.jpg`, { method, headers, body })).status).toBe(status)
  })

  test('says what it may', async () => {
    const rights = async (token: string) =>
      JSON.stringify(await (await fetch(server.library, { headers: bearer(token) })).json())
    expect(await rights(reader)).toContain('"rights":["read"]')
    expect(await rights(writer)).toContain('"rights":["read","write"]')
  })

  test('is asked for by nothing that tells nothing: the page, its models, whether all is well', async () => {
    for (const path of ['', 'healthz', 'readyz', 'libraries.json', 'models/picfind-mini/model.json'])
      expect((await fetch(server.url + path)).status, path).toBe(200)
    expect((await fetch(`${server.url}metrics`)).status).toBe(401)
  })
})

describe('the token file', () => {
  test('is read again when it changes, and counts on where it cannot be', async () => {
    const asked = async (token: string) =>
      (await fetch(`${server.library}manifest.json`, { headers: bearer(token) })).status
    const another = makeToken('--name', 'another')
    expect(await asked(another)).toBe(200)
    const lines = readFileSync(file, 'utf8')
    writeFileSync(file, `${lines}not a line\n`)
    expect(await asked(another)).toBe(200)
    const { reason } = await server.said('the token file cannot be read, the last one counts on')
    expect(reason).toContain(`${file}, line 5: expected NAME RIGHT LIBRARIES END SHA256, found 3 words`)
    writeFileSync(
      file,
      lines
        .split('\n')
        .filter(line => !line.startsWith('another'))
        .join('\n'),
    )
    expect(await asked(another)).toBe(401)
    expect(await asked(reader)).toBe(200)
  })

  test('can let everyone read while few write', async () => {
    const open = join(folder.path, 'open')
    writeFileSync(
      open,
      `# name right libraries end sha256\neveryone read * never -\nann write zoo never ${sha256('secret')}\n`,
    )
    const gallery = await RunningServer.start(redis, ['--tokens', open])
    const put = (token?: string) =>
      fetch(`${gallery.library}records/a.jpg`, { method: 'PUT', headers: bearer(token), body: '{}' })
    await gallery.said('connected to Redis')
    expect((await fetch(gallery.library)).status).toBe(200)
    expect((await put()).status).toBe(401)
    expect([401, 403]).not.toContain((await put('secret')).status)
    await gallery.stop()
  })

  test('that cannot be read keeps the server from starting', () => {
    const missing = join(folder.path, 'missing')
    const started = spawnSync(serverProgram, ['--library', 'zoo', '--model', 'picfind-mini', '--tokens', missing], {
      encoding: 'utf8',
    })
    expect(started.status).toBe(2)
    expect(started.stderr).toContain(`--tokens: ${missing} cannot be read`)
  })
})

test('a token that ends while events are listened to ends them, and is refused then', async () => {
  const token = 'ends-soon'
  appendFileSync(file, `guest read zoo ${inSeconds(3)} ${sha256(token)}\n`)
  const heard = []
  for await (const event of server.events(bearer(token))) heard.push(event)
  expect(heard).toHaveLength(1)
  const again = await fetch(`${server.library}events`, { headers: bearer(token) })
  expect(again.status).toBe(401)
  expect(again.headers.get('www-authenticate')).toContain('invalid_token')
})

test('a token that is taken from the file ends its events with the next thing told', async () => {
  const lines = readFileSync(file, 'utf8')
  const token = makeToken('--name', 'fired')
  const events = server.events(bearer(token))
  expect((await events.next()).done).toBe(false)
  writeFileSync(file, lines)
  await addPictures(client, range(100, 101))
  expect((await events.next()).done).toBe(true)
})

test('without a token file everyone reads and nobody writes', async () => {
  const open = await RunningServer.start(redis, ['--tokens', ''])
  await open.said('connected to Redis')
  expect((await fetch(`${open.library}manifest.json`)).status).toBe(200)
  const response = await fetch(`${open.library}records/a.jpg`, { method: 'PUT', headers: bearer(writer), body: '{}' })
  expect(response.status).toBe(403)
  expect(await response.text()).toContain('--tokens')
  await open.stop()
})

describe('pages of other origins', () => {
  const origins = { 'the one allowed': page, another: 'https://elsewhere.example', null: 'null' }
  const tokens = { none: () => undefined, 'a reader’s': () => reader, 'a writer’s': () => writer }
  const cases = Object.keys(origins).flatMap(origin => Object.keys(tokens).map(token => [origin, token] as const))

  test.each(cases)('%s, with the token: %s', async (whose, token) => {
    const origin = origins[whose as keyof typeof origins]
    const given = tokens[token as keyof typeof tokens]()
    const headers = { ...bearer(given), origin }
    const isAllowed = origin === page

    // The browser asks before it sends a token, so the answer cannot need one.
    const wish = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' }
    const preflight = await fetch(`${server.library}records/a.jpg`, { method: 'OPTIONS', headers: wish })
    expect(preflight.status).toBe(isAllowed ? 204 : 403)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(isAllowed ? page : null)
    if (isAllowed) {
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT')
      expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization')
    }

    const read = await fetch(`${server.library}manifest.json`, { headers })
    expect(read.status).toBe(given ? 200 : 401)
    // A refusal is read by the page too, which then asks for a token.
    expect(read.headers.get('access-control-allow-origin')).toBe(isAllowed ? page : null)
    expect(read.headers.get('vary')).toContain('Origin')
    expect(read.headers.get('access-control-allow-credentials')).toBeNull()
    if (isAllowed) expect(read.headers.get('access-control-expose-headers')).toContain('ETag')

    const write = await fetch(`${server.library}records/a.jpg`, { method: 'PUT', headers, body: '{}' })
    if (!isAllowed || given === reader) expect(write.status).toBe(403)
    else if (!given) expect(write.status).toBe(401)
    else expect([401, 403]).not.toContain(write.status)
    expect(write.headers.get('access-control-allow-origin')).toBe(isAllowed ? page : null)
  })

  test('the server’s own page is of no other origin', async () => {
    const origin = new URL(server.url).origin
    const headers = { ...bearer(writer), origin }
    const write = await fetch(`${server.library}records/a.jpg`, { method: 'PUT', headers, body: '{}' })
    expect([401, 403]).not.toContain(write.status)
  })
})
