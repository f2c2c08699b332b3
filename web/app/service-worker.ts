/**
 * Keeps the page and the model files, so that the page opens without a network. What the address pins is answered from the cache
 * first: built files by the hash in their name, model files because their manifest, asked for anew each time, says when they
 * change. Libraries are kept by the engine itself.
 */

/** Addresses of the built page; filled in by vite.config.ts. */
declare const __PAGE_FILES__: string[]

const pageCache = 'picfind-page'
const fileCache = 'picfind-shipped'

const scope = self as unknown as ServiceWorkerGlobalScope

/** The part of it that is used here; lib.dom has no service workers from the inside. */
interface ServiceWorkerGlobalScope extends EventTarget {
  registration: ServiceWorkerRegistration
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
}

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}

interface FetchEvent extends ExtendableEvent {
  request: Request
  respondWith(response: Promise<Response>): void
}

interface KeepEvent extends ExtendableEvent {
  data: { keep: string[] }
  ports: MessagePort[]
}

const base = scope.registration.scope
const pageFiles = new Set(__PAGE_FILES__.map(file => new URL(file, base).href))

async function install(): Promise<void> {
  const cache = await caches.open(pageCache)
  for (const url of pageFiles) {
    const pinned = url.startsWith(`${base}assets/`)
    if (pinned && (await cache.match(url))) continue
    const response = await fetch(url, { cache: pinned ? 'default' : 'no-cache' })
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    await cache.put(url, response)
  }
  await scope.skipWaiting()
}

async function activate(): Promise<void> {
  const cache = await caches.open(pageCache)
  for (const { url } of await cache.keys()) if (!pageFiles.has(url)) await cache.delete(url)
  await scope.clients.claim()
}

/** Which rule an address falls under; undefined leaves it to the network. */
function rule(request: Request): (() => Promise<Response>) | undefined {
  const url = new URL(request.url)
  if (request.method !== 'GET' || !url.href.startsWith(base)) return undefined
  const path = url.href.slice(base.length)
  if (path.replace(/[?#].*/, '') === '') return () => networkFirst(request, pageCache, base)
  if (pageFiles.has(url.href)) {
    return () => (path.startsWith('assets/') ? cacheFirst(request, pageCache) : networkFirst(request, pageCache))
  }
  if (/^models\/[^/]+\/model\.json$/.test(path)) return () => modelManifest(request)
  if (path === 'libraries.json') return () => networkFirst(request, fileCache)
  if (path.startsWith('models/') || /^(starter|libraries\/[^/]+)\/pictures\//.test(path)) {
    return () => cacheFirst(request, fileCache)
  }
  return undefined
}

async function cacheFirst(request: Request, name: string): Promise<Response> {
  const cache = await caches.open(name)
  const kept = await cache.match(request.url)
  if (kept) return kept
  const response = await fetch(request)
  if (response.status === 200) await cache.put(request.url, response.clone()).catch(() => undefined)
  return response
}

async function networkFirst(request: Request, name: string, key = request.url): Promise<Response> {
  const cache = await caches.open(name)
  try {
    const response = await fetch(request)
    if (response.status === 200) await cache.put(key, response.clone()).catch(() => undefined)
    return response
  } catch (error) {
    const kept = await cache.match(key)
    if (kept) return kept
    throw error
  }
}

/** Drops the models' kept files when a manifest has changed, for they may have changed under the same names. */
async function modelManifest(request: Request): Promise<Response> {
  const cache = await caches.open(fileCache)
  const before = await (await cache.match(request.url))?.text()
  const response = await networkFirst(request, fileCache)
  const now = await response.clone().text()
  if (before !== undefined && before !== now) {
    for (const { url } of await cache.keys()) {
      if (url.startsWith(`${base}models/`) && !url.endsWith('/model.json')) await cache.delete(url)
    }
  }
  return response
}

async function keep(urls: string[]): Promise<void> {
  for (const url of urls) {
    const response = await cacheFirst(new Request(url), fileCache)
    await response.body?.cancel()
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  }
}

scope.addEventListener('install', event => (event as ExtendableEvent).waitUntil(install()))
scope.addEventListener('activate', event => (event as ExtendableEvent).waitUntil(activate()))
scope.addEventListener('fetch', event => {
  const { request } = event as FetchEvent
  const answer = rule(request)
  if (answer) (event as FetchEvent).respondWith(answer())
})
scope.addEventListener('message', event => {
  const { data, ports } = event as KeepEvent
  const work = keep(data.keep).then(
    () => ports[0]?.postMessage({}),
    (error: unknown) => ports[0]?.postMessage({ failed: String(error) }),
  )
  ;(event as KeepEvent).waitUntil(work)
})
