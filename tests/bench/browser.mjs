/** Chromium on a page of this checkout: the built page at `/`, everything else by its path in the checkout. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import sirv from 'sirv'
import { inRoot, root } from '../../web/tools/places.mjs'

const chromiumOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

const emptyPage = '<!doctype html><meta charset="utf-8"><title>bench</title>'

/** `files`: Map path → bytes, served beside the checkout. Cross-origin isolated, as `picfind serve` does it. `asked`: paths that were asked for. */
export async function serveCheckout(files = new Map()) {
  const page = sirv(inRoot('dist', 'app'), { dev: true })
  const checkout = sirv(root, { dev: true })
  const asked = []
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    const path = request.url.split('?', 1)[0]
    asked.push(path)
    if (path === '/bench') return response.setHeader('Content-Type', 'text/html').end(emptyPage)
    if (files.has(path)) return response.end(files.get(path))
    const missing = () => response.writeHead(404).end()
    return page(request, response, () => checkout(request, response, missing))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    url: `http://localhost:${server.address().port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The same with a library of synthetic-library.mjs: its files and `manifest`, also as manifest.json, under /synthetic/. */
export function serveLibrary({ manifest, files }) {
  const served = new Map([...files].map(([name, bytes]) => [`/synthetic/${name}`, bytes]))
  return serveCheckout(served.set('/synthetic/manifest', manifest).set('/synthetic/manifest.json', manifest))
}

/** A browser profile that outlives the browser: `use` starts Chromium with it and ends it. */
export function browserProfile() {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  return {
    folder,
    async use(action) {
      const context = await chromium.launchPersistentContext(folder, chromiumOptions)
      try {
        return await action(context)
      } finally {
        await context.close()
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Runs in a page: the answer of a worker of this folder to a message; `asked` goes as float32. */
export function askWorker({ script, asked, ...options }) {
  const worker = new Worker(`/tests/bench/${script}.mjs`, { type: 'module' })
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.postMessage({ ...options, asked: Float32Array.from(asked) })
  })
}
