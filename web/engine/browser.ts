/** Picfind in a page: one worker holds all its libraries; the page starts further ones for it, which decode and encode. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink'
import { PicfindError } from './errors.ts'
import { LibraryFront } from './library.ts'
import type { Assets, LibraryOptions } from './options.ts'
import { PageWorkers } from './page-workers.ts'
import { isModelId } from './platform.ts'
import type { Source } from './source.ts'
import { sourceFromOrigin } from './source-page.ts'
import type { StoreDescription } from './store.ts'
import { memory } from './store-memory.ts'
import { opfs, whyNoOpfs } from './store-opfs.ts'
import { carryErrors } from './workers/carry-errors.ts'
import type { LibraryService, LibraryWorker } from './workers/protocol.ts'

export * from './index.ts'
export { sourceFromDrop, sourceFromFiles, sourceFromHandle } from './source-page.ts'
export { dropKept, keptBytes } from './store-http.ts'
export { listLibraries, opfs, removeStored, storedBytes, whyNoOpfs } from './store-opfs.ts'

/** The private file system where there is one; else memory, and a line that says why. */
export async function bestStore(name: string): Promise<{ store: StoreDescription; notice?: string }> {
  const reason = await whyNoOpfs()
  if (reason === undefined) return { store: opfs(name) }
  return { store: memory(), notice: `Nothing is kept after this page is closed: ${reason}.` }
}

export class Library extends LibraryFront {
  /** Opens a library or prepares a new one, which is made with its first picture. Throws `space`, `version`, `not-found`. */
  static async open(options: LibraryOptions): Promise<Library> {
    const {
      store,
      model,
      acceptedLicence,
      decoding,
      graph,
      memoryBudget,
      signsFirstAbove,
      mostCopied,
      onModelProgress,
      onLibraryProgress,
    } = options
    if (!('kind' in store)) throw new PicfindError('usage', 'In a page a store is opfs(name), memory() or http(url).')
    let library: Library | undefined
    const events = proxy({
      changed: () => void library?.dispatchEvent(new Event('change')),
      modelProgress: onModelProgress ?? (() => {}),
      libraryProgress: onLibraryProgress ?? (() => {}),
      heard: () => {},
    })
    const request = {
      store: absolute(store),
      model: model === undefined || isModelId(model) ? model : new URL(model, document.baseURI).href,
      acceptedLicence,
      decoding,
      graph,
      memoryBudget,
      signsFirstAbove,
      mostCopied,
      assets: assetsFor(options.assets),
    }
    const service = (await libraryWorker().open(request, events)) as Remote<LibraryService>
    library = new Library({
      service,
      add(job, source, addOptions, onProgress) {
        const { name, url, origin } = source
        if (!origin) throw new PicfindError('usage', `The source "${name}" must be made by a sourceFrom… function.`)
        if (store.kind === 'opfs') void navigator.storage.persist?.().catch(() => undefined)
        return service.add(job, { name, url, origin }, addOptions, proxy(onProgress))
      },
      source: name => reopen(service, name),
      disconnect: () => service[releaseProxy](),
    })
    return library
  }
}

/**
 * Starts what `Library.open` needs while a page is still finding out which library to open: `model` is the id of one that comes with the
 * page, taken by the next library of it.
 */
export function prepare(model: string, assets: Partial<Assets> = {}): void {
  // What fails here fails again, and is said, when a library is opened.
  const worker = libraryWorker()
  workers.prepareEncoder()
  void worker.prepare(model, assetsFor(assets)).catch(() => undefined)
}

const workers = new PageWorkers()
let worker: Remote<LibraryWorker> | undefined

function libraryWorker(): Remote<LibraryWorker> {
  if (!worker) {
    carryErrors()
    // Bundlers find a worker only in this form.
    const started = new Worker(new URL('./workers/library.worker.js', import.meta.url), {
      type: 'module',
      name: 'picfind',
    })
    worker = wrap<LibraryWorker>(started)
    void worker.connect(proxy(workers))
  }
  return worker
}

/** Where they are in the installed package; a bundled page names its own, relative to itself. A worker has another base address. */
function assetsFor({ core, models, runtime, ...others }: Partial<Assets> = {}): Assets {
  const here = (address: string) => new URL(address, document.baseURI).href
  return {
    core: core === undefined ? new URL(/* @vite-ignore */ '../core/', import.meta.url).href : here(core),
    models: models === undefined ? new URL(/* @vite-ignore */ '../../models/', import.meta.url).href : here(models),
    runtime:
      typeof runtime === 'object' ? { mjs: here(runtime.mjs), wasm: here(runtime.wasm) } : runtime && here(runtime),
    ...others,
  }
}

/** A worker has its own base address. */
function absolute(store: StoreDescription): StoreDescription {
  return store.kind === 'http' ? { ...store, url: new URL(store.url, document.baseURI).href } : store
}

type AskingHandle = FileSystemDirectoryHandle & {
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>
}

async function reopen(service: Remote<LibraryService>, name: string): Promise<Source | undefined> {
  const origin = await service.originOf(name)
  if (!origin) return undefined
  if (origin.kind === 'directory') {
    const handle: AskingHandle = origin.handle
    const permission = (await handle.requestPermission?.({ mode: 'read' })) ?? 'granted'
    if (permission !== 'granted') return undefined
  }
  return sourceFromOrigin(origin, name)
}
