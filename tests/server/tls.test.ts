import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../web/picfind-process.ts'
import { RunningRedis, RunningServer } from './processes.ts'
import { addPictures, range } from './vectors.ts'

const folder = temporaryFolder()
const inFolder = (name: string) => join(folder.path, name)

/** An authority, and a certificate of it for `name`. */
function makeCertificates(name: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder.path, stdio: 'pipe' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2')
  openssl('req', ...curve, '-keyout', 'own.key', '-out', 'own.csr', '-subj', '/CN=own')
  writeFileSync(inFolder('own.ext'), `subjectAltName=${name}`)
  openssl(
    'x509',
    '-req',
    '-in',
    'own.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-out',
    'own.pem',
    '-extfile',
    'own.ext',
  )
}

interface Answered {
  status: number | undefined
  body: string
}

function ask(server: RunningServer, path: string, options: RequestOptions): Promise<Answered> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: server.port, path, ...options }, response =>
      text(response).then(body => resolve({ status: response.statusCode, body }), reject),
    ).on('error', reject)
  })
}

let redis: RunningRedis

beforeAll(async () => {
  makeCertificates('IP:127.0.0.1')
  redis = await RunningRedis.start()
  const client = await redis.client()
  await addPictures(client, range(0, 40))
  await client.close()
})

afterAll(async () => {
  await redis?.stop()
  folder.remove()
})

describe('over TLS', () => {
  test('it answers with the certificate it is given, and ends as it does without', async () => {
    const server = await RunningServer.start(redis, [
      '--tls-cert',
      inFolder('own.pem'),
      '--tls-key',
      inFolder('own.key'),
    ])
    await server.said('published', { pictures: 40 })
    const ca = readFileSync(inFolder('ca.pem'))
    const manifest = await ask(server, '/v1/libraries/zoo/manifest.json', { ca })
    expect(JSON.parse(manifest.body)).toMatchObject({ counts: { records: 40 } })
    await expect(ask(server, '/healthz', {})).rejects.toThrow()
    await expect(ask(server, '/healthz', { ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow()
    const address = { host: '127.0.0.1', port: server.port, path: '/v1/libraries/zoo/events', ca }
    const events = await new Promise<IncomingMessage>(resolve => get(address, resolve))
    expect(await server.stop()).toBe(0)
    expect(await text(events)).toContain('event: manifest')
  })

  test('one who speaks no TLS, or half of it, is closed on', async () => {
    const server = await RunningServer.start(redis, ['--tls-self-signed', '--timeout', '1'])
    for (const sent of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\x16\x03\x01']) {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(sent, 'latin1'))
      socket.resume().on('error', () => undefined)
      await new Promise(resolve => socket.on('close', resolve))
    }
    await server.stop()
  })

  test('a certificate it makes itself is for the names it is asked by, and stays the same', async () => {
    const cache = inFolder('cache')
    const certificate = join(cache, 'tls', 'self-signed.pem')
    const args = ['--tls-self-signed', '--cache', cache]
    const first = await RunningServer.start(redis, args)
    const ca = readFileSync(certificate)
    expect((await ask(first, '/healthz', { ca })).status).toBe(200)
    expect((await ask(first, '/healthz', { ca, servername: 'localhost' })).status).toBe(200)
    await first.stop()
    const second = await RunningServer.start(redis, args)
    expect(readFileSync(certificate)).toEqual(ca)
    await second.stop()
  })
})

describe('a Redis over TLS, as a user who may do little', () => {
  let guarded: RunningRedis
  const rights =
    'on >secret resetkeys %R~img:* ~picfind:{zoo}:* resetchannels &picfind:{zoo}:events &picfind:{zoo}:changes &__keyspace@0__:img:* -@all ' +
    /`(\+hello [^`]+)`/.exec(readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8'))?.[1]

  beforeAll(async () => {
    const options = {
      'tls-cert-file': inFolder('own.pem'),
      'tls-key-file': inFolder('own.key'),
      'tls-ca-cert-file': inFolder('ca.pem'),
      'tls-auth-clients': 'no',
    }
    guarded = await RunningRedis.start({ options })
    const client = await guarded.client()
    await client.sendCommand(['ACL', 'SETUSER', 'picfind', ...rights.split(' ')])
    await addPictures(client, range(0, 40))
    await client.close()
  })

  afterAll(() => guarded?.stop())

  const url = (password: string) => `rediss://picfind:${password}@127.0.0.1:${guarded.port}/0`

  test('is enough to publish, to hear of what changes, and to purge', async () => {
    const server = await RunningServer.start(guarded, [
      '--redis',
      url('secret'),
      '--redis-ca',
      inFolder('ca.pem'),
      '--purge-after',
      '1',
    ])
    await server.publishes(40)
    const client = await guarded.client()
    await addPictures(client, range(40, 41))
    await server.publishes(41)
    const listener = await client.duplicate().connect()
    const removed = new Promise<void>(resolve =>
      listener.subscribe('picfind:{zoo}:events', said => {
        if (said === 'removed') resolve()
      }),
    )
    await client.del('img:00003.jpg')
    await server.publishes(40)
    await removed
    expect(await client.sendCommand(['ACL', 'LOG'])).toEqual([])
    expect(await client.info('errorstats')).not.toContain('NOPERM')
    await listener.close()
    await client.close()
    await server.stop()
  })

  test.each([
    ['whom nobody vouches for', () => ['--redis', url('secret')]],
    ['with another password', () => ['--redis', url('wrong'), '--redis-ca', inFolder('ca.pem')]],
    [
      'under another name than its certificate’s',
      () => ['--redis', url('secret').replace('127.0.0.1', 'localhost'), '--redis-ca', inFolder('ca.pem')],
    ],
  ])('%s is not spoken to, and the password is in no log', async (_, args) => {
    const server = await RunningServer.start(guarded, args())
    await server.said('Redis is away')
    expect((await fetch(`${server.url}readyz`)).status).toBe(503)
    expect(JSON.stringify(server.log)).not.toMatch(/secret|wrong/)
    await server.stop()
  })
})
