import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { usageError } from './exit.ts'

export interface ListenOptions {
  /** The next free one is taken from here; 0 for any. */
  port: number
  /** Only this machine can connect unless another host is named. */
  host: string
}

export interface Listening {
  url: string
  server: Server
}

type Answer = (request: IncomingMessage, response: ServerResponse, notFound: () => void) => void

const loopback = '127.0.0.1'
const portsToTry = 20
export const lastPort = 65535

export const plainHeaders = { 'X-Content-Type-Options': 'nosniff' }

/** Cross-origin isolation lets the page use threads; nothing here is for other origins. */
export const isolated = {
  ...plainHeaders,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
}

/** Such as the private notes of a library, in any spelling. */
function isHiddenPath(path: string): boolean {
  return /\/\./.test(path.replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/'))
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

/** Answers GET and HEAD, with `headers`, from those who may ask. */
export async function startServer(
  { port, host }: ListenOptions,
  headers: Record<string, string>,
  answer: Answer,
): Promise<Listening> {
  const guarded = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const refuse = (status: number, reason: string) => {
      response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${reason}\n`)
    }
    const notFound = () => refuse(404, 'Not found.')
    // A page elsewhere may point its own name at this machine; it must not read what is served here.
    if (host === loopback && !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
      refuse(403, 'Only for this machine. To serve others, name a host with --host.')
    } else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(405, 'Only GET and HEAD.')
    else if (isHiddenPath(request.url ?? '/')) notFound()
    else answer(request, response, notFound)
  }
  const last = Math.min(port + portsToTry - 1, lastPort)
  for (let next = port; next <= last; next++) {
    const server = createServer(guarded)
    if (await listen(server, port === 0 ? 0 : next, host)) {
      const address = server.address()
      const actual = typeof address === 'object' && address ? address.port : port
      return { url: `http://${nameOf(host)}:${actual}/`, server }
    }
  }
  throw usageError(
    `${port === last ? `port ${port} is` : `ports ${port} to ${last} are all`} taken: name another with --port`,
  )
}
