/** A site with a bundle, served by node:http as dumb or as strange as a test wants it. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll } from 'vitest'
import type { QuickRecord } from '../../web/quick/quick.ts'
import { newContext, starterFolder } from './harness.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const distFolder = here('../../dist')
const modelFolder = here('../../models/picfind-mini')

export type Files = Map<string, Buffer>

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

/** Adds a file under the hash of its bytes. */
export function keep(files: Files, content: Buffer | string): string {
  const bytes = Buffer.from(content)
  const name = sha256(bytes)
  files.set(`picfind/${name}`, bytes)
  return name
}

/** All files in a folder, by their paths in it. */
export function filesIn(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return new Map(
    entries
      .map((entry): [string, Buffer] => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(folder.length + 1), readFileSync(path)]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** dist/site with the fake reader of quick search in place of the real one. */
async function buildCode(): Promise<Files> {
  const outDir = mkdtempSync(join(tmpdir(), 'picfind-site-'))
  const { NODE_ENV } = process.env
  // As it ships; Vitest's own is another.
  process.env.NODE_ENV = 'production'
  try {
    await build({
      configFile: here('../../web/element/vite.config.ts'),
      logLevel: 'error',
      plugins: [
        {
          name: 'fake-quick',
          enforce: 'pre',
          resolveId: source => (source.endsWith('/quick/quick.ts') ? here('fixtures/fake/quick.ts') : undefined),
        },
      ],
      build: { outDir },
    })
    return filesIn(outDir)
  } finally {
    process.env.NODE_ENV = NODE_ENV
    rmSync(outDir, { recursive: true, force: true })
  }
}

/** Puts code into the folder that is named by element.js; returns the name. */
export function addCode(files: Files, code: Files): string {
  const hash = sha256(code.get('element.js')!)
  for (const [path, bytes] of code) files.set(`picfind/code/${hash}/${path}`, bytes)
  return hash
}

export const names = readdirSync(starterFolder)
  .filter(name => name.endsWith('.jpg'))
  .sort()

/** What a page says of a starter picture. */
export function recordOf(name: string): QuickRecord {
  const alt = name.replace(/\.jpg$/, '').replaceAll('-', ' ')
  const page = { url: `blog/${name.replace('.jpg', '.html')}`, title: `About ${alt}` }
  return { id: `starter/${name}`, path: name, alt, width: 640, height: 480, pages: [page] }
}

interface BundleOptions {
  code: Files
  records?: QuickRecord[]
  /** With the picture tower. */
  pictures?: boolean
  /** Changes the descriptor before it is kept. */
  descriptor?: Record<string, unknown>
  manifest?: Record<string, unknown>
}

/** A bundle of the starter pictures: the library as `picfind index` made it, its model in pieces, quick search's records. */
export function makeBundle({ code, records = names.map(recordOf), pictures, ...changes }: BundleOptions): Files {
  const files: Files = new Map()
  const library = join(distFolder, 'app/starter/library')
  for (const name of readdirSync(library)) files.set(`picfind/${name}`, readFileSync(join(library, name)))
  for (const name of names) files.set(`pictures/${name}`, readFileSync(join(starterFolder, name)))

  const towers = [
    'model.json',
    'tokenizer-en.json',
    'tokenizer-multi.json',
    'words-en.bin',
    'words-multi.bin',
    'text.onnx',
  ]
  const model = Object.fromEntries(
    (pictures ? [...towers, 'vision.onnx'] : towers).map(name => {
      const bytes = readFileSync(join(modelFolder, name))
      const half = bytes.length > 20e6 ? bytes.length / 2 : bytes.length
      const pieces = half < bytes.length ? [bytes.subarray(0, half), bytes.subarray(half)] : [bytes]
      const kept = pieces.map(piece => keep(files, piece))
      return [name, kept.length > 1 ? kept : kept[0]!]
    }),
  )
  const ofFull = [...readdirSync(library).filter(name => name !== 'manifest.json'), ...Object.values(model).flat()]
  const needed = Object.fromEntries(ofFull.map(name => [name, files.get(`picfind/${name}`)!.length]))
  const fullBytes = Object.values(needed).reduce((sum, bytes) => sum + bytes, 0)
  const quick = keep(files, JSON.stringify({ format: 1, records: keep(files, JSON.stringify(records)) }))
  const descriptor = {
    base: '../',
    full: {
      bytes: fullBytes,
      files: keep(files, JSON.stringify({ needed, further: {} })),
      pictures: pictures === true,
    },
    format: 1,
    model: { id: 'picfind-mini', files: model },
    quick: { file: quick },
    ...changes.descriptor,
  }
  const manifest = {
    ...JSON.parse(files.get('picfind/manifest.json')!.toString()),
    bundle: { code: addCode(files, code), file: keep(files, JSON.stringify(descriptor)) },
    ...changes.manifest,
  }
  files.set('picfind/manifest.json', Buffer.from(JSON.stringify(manifest)))
  files.set('picfind/picfind.js', readFileSync(join(distFolder, 'element/picfind.js')))
  return files
}

export function manifestOf(files: Files): { bundle: { code: string; file: string } } & Record<string, unknown> {
  return JSON.parse(files.get('picfind/manifest.json')!.toString())
}

/** A page of the site with the element in it. */
export function page(body: string, { head = '', folder = '' } = {}): Buffer {
  return Buffer.from(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A site</title>
${head}<script type="module" src="${folder}picfind/picfind.js"></script></head>
<body><main><h1>A site</h1>${body}</main></body></html>`)
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
}

export interface Host {
  url: string
  /** Paths that were asked for, without the folder the site is in. */
  asked: string[]
  close(): void
}

interface Sent {
  bytes: Buffer
  headers?: Record<string, string>
}

interface HostOptions {
  /** Folder of the host that the site is in, such as `docs/v2/`. */
  folder?: string
  headers?: Record<string, string>
  /** Of answers that say there is no such file. */
  missing?: Record<string, string>
  /** What is answered for a file that is not there, with 200; else 404. */
  otherwise?: Buffer
  /** Instead of 127.0.0.1. */
  name?: string
  /** What a host makes of what it sends. */
  alter?: (path: string, bytes: Buffer) => Sent
}

/** `files` may change while it is served. */
export async function serve(files: Files, options: HostOptions = {}): Promise<Host> {
  const { folder = '', headers = {}, missing = {}, otherwise, name = '127.0.0.1', alter } = options
  const asked: string[] = []
  const answer = (response: ServerResponse, type: string, file: Sent) =>
    response.writeHead(200, { 'Content-Type': type, ...headers, ...file.headers }).end(file.bytes)
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname).slice(1)
    const inSite = path.startsWith(folder) ? path.slice(folder.length) : undefined
    if (inSite !== undefined) asked.push(inSite)
    const file = inSite === undefined ? undefined : files.get(inSite.replace(/(^|\/)$/, '$1index.html'))
    if (file)
      answer(
        response,
        types[extname(path) || (path.endsWith('/') || !path ? '.html' : '')] ?? 'application/octet-stream',
        alter?.(inSite ?? '', file) ?? { bytes: file },
      )
    else if (path === 'favicon.ico') response.writeHead(204).end()
    else if (otherwise) answer(response, 'text/html', { bytes: otherwise })
    else response.writeHead(404, missing).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://${name}:${(server.address() as AddressInfo).port}/${folder}`,
    asked,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Hosts for the tests of a file, closed with it, and the code they serve. */
export function useHosts() {
  const hosts: Host[] = []
  let code: Files
  beforeAll(async () => {
    code = await buildCode()
  })
  afterAll(() => {
    for (const host of hosts) host.close()
  })
  return {
    get code() {
      return code
    },
    async serve(files: Files, options?: HostOptions): Promise<Host> {
      const host = await serve(files, options)
      hosts.push(host)
      return host
    },
    /** A bundle with one page that holds `body`. */
    async serveBundle(
      body = '<picfind-search></picfind-search>',
      { head, host, ...bundle }: Partial<BundleOptions> & { head?: string; host?: HostOptions } = {},
    ): Promise<Host & { files: Files }> {
      const files = makeBundle({ code, ...bundle })
      files.set('index.html', page(body, { head }))
      return { ...(await this.serve(files, host)), files }
    },
  }
}

export async function openTab(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const tab = await (await newContext(options)).newPage()
  await tab.goto(url)
  return tab
}

/** Inside what is given, a page or an element of it. */
export const box = (within: Page | Locator) => within.getByRole('searchbox')
export const pictures = (within: Page | Locator) => within.getByRole('list', { name: 'Pictures' }).getByRole('link')

export async function alts(within: Page | Locator): Promise<string[]> {
  return pictures(within)
    .getByRole('img')
    .evaluateAll(images => images.map(image => image.getAttribute('alt') ?? ''))
}

export async function find(within: Page | Locator, words: string): Promise<void> {
  await box(within).fill(words)
  await pictures(within).first().waitFor()
}
