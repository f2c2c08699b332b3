/**
 * Keeps the page and the model files, so that the page opens without a network. Each version of the page is kept whole and on its
 * own: a tab runs the version it began with, and a newer one shows once the tabs of the older are closed. Model files are answered
 * from the cache because their manifest, asked for anew each time, says when they change. Libraries are kept by the engine itself.
 */

/** Addresses of the built page with the integrity of each, and a hash of them all; filled in by vite.config.ts. */
declare const __PAGE_FILES__: Record<string, string>
declare const __PAGE_VERSION__: string

const fileCache = 'picfind-shipped'

const scope = self as unknown as ServiceWorkerGlobalScope

/** The part of it that is used here; lib.dom has no service workers from the inside. */
interface ServiceWorkerGlobalScope extends EventTarget {
  registration: ServiceWorkerRegistration
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
/** Several Picfinds may share an origin: each has the caches that bear its scope. */
const pageCaches = `picfind-page:${base}:`
const pageCache = pageCaches + __PAGE_VERSION__
const pageFiles = new Map(
  Object.entries(__PAGE_FILES__).map(([file, integrity]) => [new URL(file, base).href, integrity]),
)

/** All or nothing. The integrity refuses a file of another version, as a site that is just being renewed may send. */
async function install(): Promise<void> {
  const cache = await caches.open(pageCache)
  await cache.addAll(
    [...pageFiles].map(([url, integrity]) => {
      const pinned = url.startsWith(`${base}assets/`)
      return new Request(url, { integrity, cache: pinned ? 'default' : 'no-cache' })
    }),
  )
}

/** The browser calls it when no tab runs an older version any more. */
async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    const mine = name.slice(0, name.lastIndexOf(':') + 1) === pageCaches
    if (mine && name !== pageCache) await caches.delete(name)
  }
  await scope.clients.claim()
}

/** Which rule an address falls under; undefined leaves it to the network. */
function rule(request: Request): (() => Promise<Response>) | undefined {
  const url = new URL(request.url)
  if (request.method !== 'GET' || !url.href.startsWith(base)) return undefined
  const path = url.href.slice(base.length)
  if (path.replace(/[?#].*/, '') === '') return () => pageFile(request, base)
  if (pageFiles.has(url.href)) return () => pageFile(request, url.href)
  if (/^models\/[^/]+\/model\.json$/.test(path)) return () => modelManifest(request)
  if (path.startsWith('models/')) return () => cacheFirst(request)
  if (path === 'libraries.json' || /^(starter|libraries\/[^/]+)\/pictures\//.test(path)) {
    return () => networkFirst(request)
  }
  return undefined
}

/** From the version's own cache, which only `install` fills; from the network where the browser has cleared it. */
async function pageFile(request: Request, key: string): Promise<Response> {
  return (await caches.match(key, { cacheName: pageCache })) ?? fetch(request)
}

async function cacheFirst(request: Request): Promise<Response> {
  const cache = await caches.open(fileCache)
  const kept = await cache.match(request.url)
  if (kept) return kept
  const response = await fetch(request)
  if (response.status === 200) await cache.put(request.url, response.clone()).catch(() => undefined)
  return response
}

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(fileCache)
  try {
    const response = await fetch(request)
    if (response.status === 200) await cache.put(request.url, response.clone()).catch(() => undefined)
    return response
  } catch (error) {
    const kept = await cache.match(request.url)
    if (kept) return kept
    throw error
  }
}

/** Drops the models' kept files when a manifest has changed, for they may have changed under the same names. */
async function modelManifest(request: Request): Promise<Response> {
  const cache = await caches.open(fileCache)
  const before = await (await cache.match(request.url))?.text()
  const response = await networkFirst(request)
  if (!response.ok) return response
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
    const response = await cacheFirst(new Request(url))
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
