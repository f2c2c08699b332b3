import { transfer, wrap } from 'comlink'
import { PicfindError } from './errors.ts'
import type { Assets } from './options.ts'
import { isModelId, type Platform, type RunningWorker } from './platform.ts'
import { sourceFromOrigin } from './source-page.ts'
import { HttpStore } from './store-http.ts'
import { MemoryStore } from './store-memory.ts'
import { OpfsStore } from './store-opfs.ts'
import type { WorkerKind, WorkerStarter } from './workers/protocol.ts'

/** For the library worker of a page. */
export function pagePlatform(assets: Assets, starter: WorkerStarter): Platform {
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
    startDecoder: () => start(starter, 'decoder'),
    startEncoder: () => start(starter, 'encoder'),
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

let tickets = 0

function start<T>(starter: WorkerStarter, kind: WorkerKind): RunningWorker<T> {
  const ticket = ++tickets
  const { port1, port2 } = new MessageChannel()
  const ended = starter.start(ticket, kind, transfer(port2, [port2]))
  const broken = ended.then(() => new Promise<never>(() => {}))
  broken.catch(() => undefined)
  return {
    service: wrap<T>(port1) as T,
    broken,
    stop() {
      void starter.stop(ticket)
      port1.close()
    },
  }
}
