import type { ServerResponse } from 'node:http'
import sirv from 'sirv'
import { isolated, type Listening, type ListenOptions, plainHeaders, startServer } from './listen.ts'

interface SiteOptions extends ListenOptions {
  folder: string
  /** With the headers that let pages use threads. */
  isolate: boolean
}

/** What a bundle names by a hash never changes; all others are asked for again, which costs no transfer while they are the same. */
function setHeaders(response: ServerResponse, path: string): void {
  const immutable = /\/[0-9a-f]{64}(\/|$)/.test(path)
  response.setHeader('Cache-Control', immutable ? 'max-age=31536000, immutable' : 'no-cache')
  if (/\/[^./]+$/.test(path)) response.setHeader('Content-Type', 'application/octet-stream')
}

/** Serves a built site as a static host does: types, ETags, index.html for folders. */
export function serveSite({ folder, isolate, ...place }: SiteOptions): Promise<Listening> {
  // Read from the disk at each request: the site may be built again meanwhile.
  const files = sirv(folder, { etag: true, dev: true, setHeaders })
  return startServer(place, isolate ? isolated : plainHeaders, files)
}
