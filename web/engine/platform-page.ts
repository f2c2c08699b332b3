import { wrap } from 'comlink'
import { PicfindError } from './errors.ts'
import type { Assets } from './options.ts'
import { isModelId, type Platform, type RunningWorker } from './platform.ts'
import { sourceFromOrigin } from './source-page.ts'
import { HttpStore } from './store-http.ts'
import { MemoryStore } from './store-memory.ts'
import { OpfsStore } from './store-opfs.ts'

/** For the library worker of a page. */
export function pagePlatform(assets: Assets): Platform {
  return {
    openStore(store, onProgress) {
      if (!('kind' in store)) return store
      switch (store.kind) {
        case 'opfs':
          return new OpfsStore(store.name)
        case 'http':
          return new HttpStore(store.url, { onProgress, token: store.token, follows: true })
        case 'memory':
          return new MemoryStore()
        case 'folder':
          throw new PicfindError('unsupported', 'A page cannot write to a folder; use opfs(name).')
      }
    },
    openSource: sourceFromOrigin,
    isSameOrigin: async (a, b) =>
      a.kind === 'directory' && b.kind === 'directory' && (await a.handle.isSameEntry(b.handle)),
    manifestOf: model =>
      isModelId(model) ? new URL(`${model}/model.json`, assets.models).href : new URL(model, location.href).href,
    startDecoder: () =>
      running(new Worker(new URL('./workers/decoder.worker.js', import.meta.url), { type: 'module', name: 'decoder' })),
    startEncoder: () =>
      running(new Worker(new URL('./workers/encoder.worker.js', import.meta.url), { type: 'module', name: 'encoder' })),
    sendsBlobs: true,
    cores: navigator.hardwareConcurrency ?? 2,
    memoryBudget: halfOfMemory(),
    assets,
  }
}

/** Bytes, of what the device tells of its memory in GiB; not all browsers say. */
function halfOfMemory(): number {
  const { deviceMemory = Number.POSITIVE_INFINITY }: Navigator & { deviceMemory?: number } = navigator
  return (deviceMemory / 2) * 2 ** 30
}

function running<T>(worker: Worker): RunningWorker<T> {
  const broken = new Promise<never>((_, reject) => {
    worker.onerror = event => reject(new Error(event.message || 'the worker could not be started'))
  })
  broken.catch(() => undefined)
  return { service: wrap<T>(worker) as T, broken, stop: () => worker.terminate() }
}
