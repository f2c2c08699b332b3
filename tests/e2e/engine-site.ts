/** Bundles the engine as a site would and serves it with core, runtime and the tiny model. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, defaultClientConditions } from 'vite'
import type * as Engine from '../../dist/engine/browser.js'
import type { OpfsStore as Store } from '../../dist/engine/store-opfs.js'
import type { Part, readParts as read } from './engine-page/read-parts.ts'

declare global {
  /** The engine in the page. */
  var engine: typeof Engine
  var assets: Engine.Assets
  var OpfsStore: typeof Store
  /** What a worker reads of a library's file. */
  var readPartsInWorker: (library: string, name: string, parts: Part[]) => ReturnType<typeof read>
  var readParts: typeof read
  /** Makes a library that is large enough for a graph (its rows), or opens it and waits for the graph (how many it has begun to build). */
  var large: {
    (task: 'make', library: string): Promise<number>
    (task: 'build', library: string): Promise<{ begun: number; graphRows: number }>
  }
  /** Reads a library's file some times in one worker of the page's, which stays; says how often that was so, and how often it opened the file. */
  var readAgain: (library: string, name: string, times: number) => Promise<{ read: number; opened: number }>
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** `others`: further folders that are served, by the first part of the address. */
export async function startEngineSite(others: Record<string, string> = {}): Promise<{ url: string; close(): void }> {
  const bundle = mkdtempSync(join(tmpdir(), 'picfind-engine-page-'))
  await build({
    root: here('engine-page'),
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: { outDir: bundle, target: 'es2022', minify: false },
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  })
  const folders: Record<string, string> = {
    ...others,
    core: here('../../dist/core'),
    models: here('../data'),
    runtime: dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm')),
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname)
    const [, first = '', ...rest] = path.split('/')
    const folder = folders[first]
    const file = folder ? join(folder, ...rest) : join(bundle, path === '/' ? 'index.html' : path)
    if (!existsSync(file) || statSync(file).isDirectory()) return response.writeHead(404).end()
    return response
      .setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
      .end(readFileSync(file))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close()
      server.closeAllConnections()
      rmSync(bundle, { recursive: true, force: true })
    },
  }
}
