import { readdirSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkout } from '../web/picfind-process.ts'
import { RunningServer } from './processes.ts'
import { addPictures, range } from './vectors.ts'
import { startZoo } from './zoo.ts'

const page = join(checkout, 'dist', 'app')

const { redis, client, server, stop } = await startZoo(1200, [
  ...['--timeout', '1', '--idle-timeout', '2', '--max-connections', '20'],
  // Without the right to write a body may be of 1 MB.
  ...['--tokens', ''],
])

afterAll(stop)

/** Bytes as they go over the line, for what no HTTP client would send. */
class Line {
  readonly #socket: Socket
  readonly closed: Promise<void>
  #heard = ''
  #waiting: (() => void)[] = []
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    const wake = () => {
      for (const one of this.#waiting.splice(0)) one()
    }
    socket.setEncoding('latin1').on('data', text => {
      this.#heard += text
      wake()
    })
    socket.on('error', () => undefined)
    this.closed = new Promise(resolve =>
      socket.on('close', () => {
        this.#isClosed = true
        wake()
        resolve()
      }),
    )
  }

  static async open(to = server): Promise<Line> {
    const socket = connect(to.port, '127.0.0.1')
    const line = new Line(socket)
    await new Promise(resolve => socket.once('connect', resolve))
    return line
  }

  /** False once the other side takes no more. */
  send(text: string): boolean {
    return this.#socket.write(text, 'latin1')
  }

  /** Takes nothing any more. */
  stall(): void {
    this.#socket.pause()
  }

  goOn(): void {
    this.#socket.resume()
  }

  hangUp(): void {
    this.#socket.destroy()
  }

  /** All that was said, once it has this in it or there comes no more. */
  async hears(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#heard) && !this.#isClosed)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.#heard
  }

  async hearsAll(): Promise<string> {
    await this.closed
    return this.#heard
  }
}

const get = (path: string, ...headers: string[]) =>
  `${[`GET ${path} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`

/** The largest file of the page. */
const largest = (readdirSync(page, { recursive: true }) as string[]).reduce((a, b) =>
  statSync(join(page, a)).size > statSync(join(page, b)).size ? a : b,
)

describe('a connection is closed', () => {
  test.each([
    ['says nothing', ''],
    ['sends half a request', 'GET /healthz HTTP/1.1\r\nHost: '],
    [
      'sends a body that does not come',
      'POST /v1/libraries/zoo/search HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n{"k"',
    ],
    [
      'sends a chunk that does not end',
      'POST /v1/libraries/zoo/search HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc',
    ],
  ])('on one who %s', async (_, sent) => {
    const line = await Line.open()
    if (sent) line.send(sent)
    expect(await line.hearsAll()).toBe('')
  })

  test('on one who sends a header a byte at a time', async () => {
    const line = await Line.open()
    line.send('GET /healthz HTTP/1.1\r\n')
    const drip = setInterval(() => line.send('X-Slow: 1\r\n'), 100)
    expect(await line.hearsAll()).toBe('')
    clearInterval(drip)
  })

  test('on one who asks for much and takes nothing of it', async () => {
    const line = await Line.open()
    line.stall()
    // More than the buffers of both sides hold.
    for (let sent = 0; sent < 5; ++sent) line.send(get(`/${largest}`))
    await server.said('request, answer not taken', { path: `/${largest}` })
    line.goOn()
    await line.closed
  })

  test('on one who is there no more while events are told', async () => {
    const line = await Line.open()
    line.send(get('/v1/libraries/zoo/events'))
    await line.hears(/event: manifest/)
    line.hangUp()
    // What is written next finds it out.
    await client.hSet('img:00001.jpg', { title: 'told to nobody' })
    await addPictures(client, range(5000, 5001))
    await server.said('request, answer not taken', { path: '/v1/libraries/zoo/events' })
  })
})

describe('what is too much is answered so, and ends the connection', () => {
  test.each([
    ['a giant header', get('/', `X-Long: ${'x'.repeat(40_000)}`), 431],
    ['many headers', get('/', ...Array.from({ length: 5000 }, (_, i) => `X-${i}: y`)), 431],
    ['a giant address', get(`/${'x'.repeat(100_000)}`), 431],
    [
      'a giant body',
      `POST /v1/libraries/zoo/search HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n${'x'.repeat(300_000)}`,
      413,
    ],
    [
      'giant chunks',
      `POST /v1/libraries/zoo/search HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n${'x'.repeat(0x20_0000)}\r\n0\r\n\r\n`,
      413,
    ],
    [
      'a large body where none is looked at',
      `GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`,
      413,
    ],
    ['no HTTP', 'hello, is this the library?\r\n\r\n', 400],
    ['a header with no end to its name', 'GET / HTTP/1.1\r\nthis is no header\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('%s', async (_, sent, status) => {
    const line = await Line.open()
    line.send(sent)
    const heard = await line.hearsAll()
    expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(heard).toContain(`"status":${status}`)
    expect(heard.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })

  test('a flood of requests without a look at the answers', async () => {
    const line = await Line.open()
    for (let sent = 0; sent < 2000; ++sent) line.send(get('/healthz'))
    const answers = (await line.hearsAll()).match(/HTTP\/1\.1 200/g) ?? []
    expect(answers.length).toBeGreaterThanOrEqual(16)
    expect(answers.length).toBeLessThan(2000)
  })

  test('more connections than there may be', async () => {
    const lines = []
    for (let i = 0; i < 25; ++i) lines.push(await Line.open())
    // They are taken in the order they came: the first stay, the last are closed unheard.
    const late = lines[24]!
    late.send(get('/healthz'))
    expect(await late.hearsAll()).toBe('')
    const early = lines[0]!
    early.send(get('/healthz', 'Connection: close'))
    expect(await early.hearsAll()).toContain('"status":"ok"')
    for (const line of lines) line.hangUp()
  })
})

test('a few requests in a row are answered in their order', async () => {
  const line = await Line.open()
  line.send(get('/healthz') + get('/nothing-here.txt') + get('/readyz', 'Connection: close'))
  expect((await line.hearsAll()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
})

test('a client that waits to be told that its body is wanted is told', async () => {
  const line = await Line.open()
  line.send(
    'POST /v1/libraries/zoo/search HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
  )
  await line.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
  line.send('{}')
  expect(await line.hearsAll()).toMatch(/\r\n\r\nHTTP\/1\.1 4\d\d /)
})

test.each([
  '/../package.json',
  '/assets/../../package.json',
  '//etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%5c..%5cetc',
  '/.picfind-sources.json',
  '/assets%00.js',
  '/models/../CMakeLists.txt',
  '/models/%2e%2e/CMakeLists.txt',
])('nothing outside of its folders is served: %s', async path => {
  const line = await Line.open()
  line.send(get(path, 'Connection: close'))
  expect(await line.hearsAll()).toMatch(/^HTTP\/1\.1 40[04] /)
})

describe('a request', () => {
  test('has an id, its client’s where that sent one, in answer and log', async () => {
    const named = await fetch(`${server.url}healthz`, { headers: { 'x-request-id': 'mine-1' } })
    expect(named.headers.get('x-request-id')).toBe('mine-1')
    expect(await server.said('request', { id: 'mine-1' })).toMatchObject({
      method: 'GET',
      path: '/healthz',
      status: 200,
    })
    const unnamed = await fetch(`${server.url}nothing`, { headers: { 'x-request-id': 'no "id", that' } })
    const id = unnamed.headers.get('x-request-id')
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(await server.said('request', { id })).toMatchObject({ path: '/nothing', status: 404 })
  })

  test('is a line of the log, whatever was in its address', async () => {
    const line = await Line.open()
    line.send(get('/caf\xe9"%0a{}\x7f?secret=1', 'X-Request-Id: odd-one', 'Connection: close'))
    await line.hearsAll()
    // The log is JSON: RunningServer would have thrown at a line that is not.
    expect(JSON.stringify(server.log)).not.toContain('secret')
  })
})

describe('asked to end', () => {
  test('it answers what is under way, ends events, takes nothing new, and ends', async () => {
    const ending = await RunningServer.start(redis)
    await ending.said('connected to Redis')
    const events = await Line.open(ending)
    events.send(get('/v1/libraries/zoo/events'))
    await events.hears(/event: manifest/)
    const idle = await Line.open(ending)
    idle.send(get('/healthz'))
    await idle.hears(/"ok"/)
    const midway = await Line.open(ending)
    midway.send(
      'POST /v1/libraries/zoo/search HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
    )
    await midway.hears(/100 Continue/)

    ending.signal('SIGTERM')
    await idle.closed
    // A chunk of no length: the answer was whole.
    expect(await events.hearsAll()).toMatch(/\r\n0\r\n\r\n$/)
    midway.send('{}')
    expect(await midway.hearsAll()).toMatch(/HTTP\/1\.1 4\d\d [\s\S]*Connection: close/)
    expect(await ending.stop()).toBe(0)
  })
})
