import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import { isolated, type Listening, type ListenOptions, startServer } from './listen.ts'
import { packageFolder } from './places.ts'

/** A library that the page offers beside the starter library. */
export interface ServedLibrary {
  name: string
  folder: string
  /** The originals, where its records were given `../pictures/` as their address. */
  pictures?: string
}

export interface ServeOptions extends ListenOptions {
  libraries: ServedLibrary[]
}

type Handler = ReturnType<typeof sirv>

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
    // The code of bundles, for those that the page writes.
    ['/site/', sirv(join(packageFolder, 'dist', 'site'), fixed)],
    ['/', sirv(join(packageFolder, 'dist', 'app'), fixed)],
  ]
}

/** What `libraries.json` beside the page says: names and addresses relative to the page. */
function listOf(libraries: ServedLibrary[]): string {
  const entries = libraries.map(({ name }) => ({ name, url: `libraries/${encodeURIComponent(name)}/library/` }))
  return JSON.stringify([{ name: 'starter', url: 'starter/library/' }, ...entries])
}

/** Serves the page, the models and libraries. */
export async function serveFiles({ libraries, ...place }: ServeOptions): Promise<Listening> {
  const routes = handlers(libraries)
  const list = listOf(libraries)
  return startServer(place, isolated, (request, response, notFound) => {
    const path = request.url ?? '/'
    if (path === '/libraries.json') {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' }).end(list)
      return
    }
    const route = routes.find(([prefix]) => path.startsWith(prefix))
    if (!route) return notFound()
    request.url = path.slice(route[0].length - 1)
    route[1](request, response, notFound)
  })
}
