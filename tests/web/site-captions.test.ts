/** captions.jsonl: texts for a site's pictures, and pictures that are elsewhere on the web. */
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { folder, Library, type SiteRecord } from 'picfind'
import { expect, onTestFinished, test } from 'vitest'
import { parseCaptions } from '../../dist/publish/captions.js'
import { RemotePictures } from '../../dist/publish/remote-pictures.js'
import { temporaryFolder } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'
import { filesOf, indexSite, writeSite } from './fixtures/sites.ts'
import { picfind, tinyModel } from './picfind-process.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A host of pictures. `asked`: its requests as `status path`. */
async function newHost(answer: Handler) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    response.on('close', () => asked.push(`${response.statusCode} ${request.url}`))
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>(resolve => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  onTestFinished(close)
  return { asked, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Pictures with ETags, or without where the path begins with /plain. */
function pictureHost(pictures: Map<string, Uint8Array>): Handler {
  return (request, response) => {
    const picture = pictures.get(request.url!)
    if (!picture) return response.writeHead(404).end()
    const etag = `"${picture.reduce((sum, byte, i) => (sum + byte * (i + 1)) % 1e9, 0)}"`
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    return response
      .writeHead(200, { 'Content-Type': 'image/bmp', ...(!request.url!.startsWith('/plain') && { etag }) })
      .end(picture)
  }
}

const picture = (i: number) => bmp([i, 255 - i, (7 * i) % 256], 64, 64)
const lines = (...values: unknown[]) =>
  values.map(value => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')

async function recordsOf(bundle: string): Promise<Map<string, SiteRecord>> {
  const library = await Library.open({ store: folder(bundle), model: tinyModel })
  onTestFinished(() => library.close())
  const hits = await library.search('', { k: 1000 })
  const records = await Promise.all(hits.map(({ id }) => library.record(id) as Promise<SiteRecord>))
  return new Map(records.map(record => [record.path, record]))
}

test('pictures of elsewhere are fetched once, found with the pages that show them, and followed when they change', async () => {
  const pictures = new Map([
    ['/a.bmp?w=64', picture(1)],
    ['/dir/b%20c.bmp', picture(2)],
    ['/plain.bmp', picture(3)],
  ])
  const host = await newHost(pictureHost(pictures))
  const name = host.url.slice('http://'.length)
  const root = temporaryFolder()
  const cache = join(root, 'cache')
  const site = writeSite(join(root, 'public'), {
    'index.html': `<title>Home</title><img src="local.bmp" alt="of the page"><img src="${host.url}/a.bmp?w=64" alt="by the page">`,
    'local.bmp': picture(4),
    'unshown.bmp': picture(5),
    'captions.jsonl': lines(
      { url: `${host.url}/a.bmp?w=64`, caption: 'A <b>' },
      {
        url: `${host.url}/dir/b%20c.bmp#part`,
        alt: 'B',
        pages: ['blog/', { url: 'https://example.com/x', title: 'X' }],
      },
      { url: `${host.url}/plain.bmp` },
      { path: './local.bmp', alt: 'of the file', url: 'https://cdn.example.com/local.bmp' },
      { path: 'unshown.bmp', caption: 'On no page' },
    ),
  })
  const bundle = join(site, 'picfind')
  const first = await indexSite(site, cache)
  expect(first.answer).toMatchObject({ pictures: 5, new: 5, captions: [], leftOut: [], skipped: [] })
  expect(first.result.code).toBe(0)
  const records = await recordsOf(bundle)
  expect(records.get(`${name}/a.bmp?w=64`)).toMatchObject({
    id: `site/${name}/a.bmp?w=64`,
    url: `${host.url}/a.bmp?w=64`,
    alt: 'by the page',
    caption: 'A <b>',
    thumbnail: expect.stringMatching(/^thumbs\//),
    pages: [{ url: './', title: 'Home' }],
  })
  expect(records.get(`${name}/dir/b c.bmp`)).toMatchObject({
    url: `${host.url}/dir/b%20c.bmp`,
    alt: 'B',
    pages: [
      { url: 'blog/', title: '' },
      { url: 'https://example.com/x', title: 'X' },
    ],
  })
  expect(records.get('local.bmp')).toMatchObject({ alt: 'of the file', url: 'https://cdn.example.com/local.bmp' })
  expect(records.get('unshown.bmp')).toMatchObject({ caption: 'On no page' })

  host.asked.length = 0
  const before = filesOf(bundle)
  expect((await indexSite(site, cache)).answer).toMatchObject({ unchanged: 5, changed: false })
  expect(host.asked.sort()).toEqual(['304 /a.bmp?w=64', '304 /dir/b%20c.bmp'])
  expect(filesOf(bundle)).toEqual(before)

  pictures.set('/a.bmp?w=64', picture(6))
  expect((await indexSite(site, cache)).answer).toMatchObject({ unchanged: 4, replaced: 1 })

  // Gone from its host, and a host that is gone.
  pictures.delete('/dir/b%20c.bmp')
  const { answer, result } = await indexSite(site, cache)
  expect(answer).toMatchObject({ unchanged: 4, removed: 1 })
  expect(answer.captions).toEqual([{ line: 2, reason: expect.stringMatching(/b%20c\.bmp: .* answers 404 Not Found$/) }])
  expect(result.code).toBe(3)
  await host.close()
  const offline = await indexSite(site, cache)
  expect(offline.answer).toMatchObject({ unchanged: 4, pictures: 4, changed: false })
  expect(offline.answer.captions).toEqual([
    { line: 1, reason: expect.stringMatching(/cannot be reached .*ECONNREFUSED|stays as it was/) },
    { line: 2, reason: expect.stringContaining('cannot be reached') },
  ])
})

test('bad lines are listed with their number and reason, and stop nothing', async () => {
  const root = temporaryFolder()
  const site = writeSite(join(root, 'public'), { 'a.bmp': picture(1), 'secret.svg': '<svg/>' })
  const captions = join(root, 'captions.jsonl')
  writeFileSync(
    captions,
    `\ufeff${lines(
      { path: 'a.bmp', alt: 'good' },
      '{"path": "a.bmp"',
      '',
      '["a.bmp"]',
      { alt: 'of what?' },
      { url: 'ftp://example.com/a.jpg' },
      { path: '../outside.bmp' },
      { path: 'b.bmp' },
      { path: 'a.bmp', alt: 7 },
      { path: 'a.bmp', pages: [{ title: 'no address' }] },
      { path: 'a.bmp', pages: ['javascript:alert(1)'] },
      { url: 'http://127.0.0.1:1/x.jpg' },
    )}\r\n`,
  )
  const command = ['index', site, '--site', site, '--model', tinyModel, '--captions', captions]
  const { code, stdout, stderr } = await picfind(command, { env: { XDG_CACHE_HOME: join(root, 'cache') } })
  expect(code).toBe(3)
  expect(stdout).toMatch(/^1 new; 1 picture in /)
  const told = stderr.split('\n').filter(line => line.startsWith('captions'))
  expect(told.map(line => line.replace(/:.*/, ''))).toEqual(
    [2, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(n => `captions, line ${n}`),
  )
  expect(told.join('\n')).toMatch(/line 2: is no JSON.*line 5: has neither.*line 8: there is no picture b.bmp/s)
  const none = await picfind([...command.slice(0, -1), join(root, 'none.jsonl')])
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no file') })
  expect(await recordsOf(join(site, 'picfind'))).toEqual(new Map([['a.bmp', expect.objectContaining({ alt: 'good' })]]))
})

test('several lines may speak of one picture', () => {
  const { lines: parsed, troubles } = parseCaptions(
    '{"path":"a/./b.jpg","alt":" A \\n dog "}\n{"path":"a//b.jpg","alt":null}',
  )
  expect(troubles).toEqual([])
  expect(parsed).toEqual([
    { line: 1, path: 'a/b.jpg', alt: 'A dog', pages: [] },
    { line: 2, path: 'a/b.jpg', pages: [] },
  ])
})

test('what is too large, too slow, no picture or not to be had is refused with its reason', async () => {
  const host = await newHost((request, response) => {
    if (request.url === '/large') response.writeHead(200, { 'Content-Length': 5000 }).end(new Uint8Array(5000))
    else if (request.url === '/endless') for (let i = 0; i < 100; i++) response.write(new Uint8Array(100))
    else if (request.url === '/slow') response.writeHead(200).write('x')
    else if (request.url === '/page') response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<p>')
    else response.writeHead(request.url === '/busy' ? 503 : 410).end()
  })
  const pictures = await RemotePictures.read(temporaryFolder(), { timeLimit: 500, byteLimit: 4000 })
  const refused = async (path: string, reason: RegExp) => expect(pictures.find(host.url + path)).rejects.toThrow(reason)
  await refused('/large', /more than 4000 bytes/)
  await refused('/endless', /more than 4000 bytes/)
  await refused('/page', /is text\/html, no picture/)
  await refused('/gone', /answers 410 Gone/)
  await refused('/slow', /did not arrive in time/)
  await refused('/busy', /answers 503/)
  await refused('/busy', /answers 503/)
  // It is not asked for every one of thousands.
  const asked = host.asked.length
  await refused('/other', /cannot be reached/)
  expect(host.asked.length).toBe(asked)
})
