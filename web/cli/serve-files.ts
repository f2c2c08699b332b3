import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import { usageError } from './exit.ts'
import { packageFolder } from './places.ts'

/** A library that the page offers beside the starter library. */
export interface ServedLibrary {
  name: string
  folder: string
  /** The originals, where its records were given `../pictures/` as their address. */
  pictures?: string
}

export interface ServeOptions {
  /** The next free one is taken from here; 0 for any. */
  port: number
  /** Only this machine can connect unless another host is named. */
  host: string
  libraries: ServedLibrary[]
}

type Handler = ReturnType<typeof sirv>

const loopback = '127.0.0.1'
const portsToTry = 20

/** Cross-origin isolation lets the page use threads; nothing here is for other origins. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

/** Files named by a hash of their content never change; all others are asked for again, which costs no transfer while they are the same. */
function setHeaders(response: ServerResponse, path: string): void {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const immutable = /^[0-9a-f]{64}$/.test(name) || path.startsWith('/assets/')
  response.setHeader('Cache-Control', immutable ? 'max-age=31536000, immutable' : 'no-cache')
  if (/^[^.]+$|\.onnx$/.test(name)) response.setHeader('Content-Type', 'application/octet-stream')
}

function handlers(libraries: ServedLibrary[]): [prefix: string, handler: Handler][] {
  const fixed = { etag: true, setHeaders }
  // Read from the disk at each request: the library may be indexed again meanwhile.
  const changing = { ...fixed, dev: true }
  return [
    ...libraries.flatMap(({ name, folder, pictures }): [string, Handler][] => {
      const base = `/libraries/${encodeURIComponent(name)}`
      const own: [string, Handler] = [`${base}/library/`, sirv(folder, changing)]
      return pictures === undefined ? [own] : [own, [`${base}/pictures/`, sirv(pictures, changing)]]
    }),
    ['/models/', sirv(join(packageFolder, 'models'), fixed)],
    ['/', sirv(join(packageFolder, 'dist', 'app'), fixed)],
  ]
}

/** Such as the private notes of a library, in any spelling. */
function isHiddenPath(path: string): boolean {
  return /\/\./.test(path.replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/'))
}

/** What `libraries.json` beside the page says: names and addresses relative to the page. */
function listOf(libraries: ServedLibrary[]): string {
  const entries = libraries.map(({ name }) => ({ name, url: `libraries/${encodeURIComponent(name)}/library/` }))
  return JSON.stringify([{ name: 'starter', url: 'starter/library/' }, ...entries])
}

function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(usageError(`${host}:${port} cannot be listened on: ${error.message}`))
    })
    server.listen(port, host, () => resolve(true))
  })
}

function nameOf(host: string): string {
  if (host === loopback) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** Serves the page, the models and libraries. */
export async function serveFiles({ port, host, libraries }: ServeOptions): Promise<{ url: string; server: Server }> {
  const routes = handlers(libraries)
  const list = listOf(libraries)

  const answer = (request: IncomingMessage, response: ServerResponse): unknown => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const refuse = (status: number, reason: string) => {
      response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${reason}\n`)
    }
    // A page elsewhere may point its own name at this machine; it must not read what is served here.
    if (host === loopback && !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
      return refuse(403, 'Only for this machine. To serve others, name a host with --host.')
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD.')
    const path = request.url ?? '/'
    if (path === '/libraries.json') {
      return response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' }).end(list)
    }
    const route = routes.find(([prefix]) => path.startsWith(prefix))
    if (!route || isHiddenPath(path)) return refuse(404, 'Not found.')
    request.url = path.slice(route[0].length - 1)
    return route[1](request, response, () => refuse(404, 'Not found.'))
  }

  for (let attempt = 0; attempt < portsToTry; attempt++) {
    const server = createServer(answer)
    if (await listen(server, port === 0 ? 0 : port + attempt, host)) {
      const address = server.address()
      const actual = typeof address === 'object' && address ? address.port : port
      return { url: `http://${nameOf(host)}:${actual}/`, server }
    }
  }
  throw usageError(`ports ${port} to ${port + portsToTry - 1} are all taken: name another with --port`)
}
