import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { wrap } from 'comlink'
import { PicfindError } from './errors.ts'
import type { Assets } from './options.ts'
import { isModelId, type Platform, type RunningWorker } from './platform.ts'
import { isSameFolder, sourceFromFolder } from './source-node.ts'
import { FolderStore } from './store-folder.ts'
import { HttpStore } from './store-http.ts'
import { MemoryStore } from './store-memory.ts'
import { carryErrors } from './workers/carry-errors.ts'
import { nodeEndpoint } from './workers/endpoint-node.ts'

export function nodePlatform(assets: Partial<Assets> | undefined): Platform {
  carryErrors()
  const places = {
    core: new URL('../core/', import.meta.url).href,
    models: new URL('../../models/', import.meta.url).href,
    ...assets,
  }
  return {
    openStore(store, onProgress) {
      if (!('kind' in store)) return store
      switch (store.kind) {
        case 'folder':
          return new FolderStore(store.path)
        case 'http':
          return new HttpStore(store.url, { onProgress, token: store.token })
        case 'memory':
          return new MemoryStore()
        case 'opfs':
          throw new PicfindError('unsupported', 'Node has no private file system of a browser; use folder(path).')
      }
    },
    openSource: (origin, name, url) =>
      origin.kind === 'folder' ? sourceFromFolder(origin.path, { name, url }) : undefined,
    isSameOrigin: async (known, other) =>
      known.kind === 'folder' && other.kind === 'folder' && isSameFolder(known.path, other.path),
    manifestOf: model =>
      isModelId(model) ? new URL(`${model}/model.json`, places.models).href : pathToFileURL(resolve(model)).href,
    startDecoder: () => start('decoder'),
    startEncoder: () => start('encoder'),
    // A Blob of a file cannot be cloned.
    sendsBlobs: false,
    cores: availableParallelism(),
    memoryBudget: Number.POSITIVE_INFINITY,
    assets: places,
  }
}

function start<T>(name: 'decoder' | 'encoder'): RunningWorker<T> {
  const url = new URL(`./workers/${name}-node.worker.js`, import.meta.url)
  const worker = new Worker(url, { name: `picfind ${name}`, stdout: true, stderr: true })
  // What libraries in there print about bad files comes back as an error; a program's own output stays clean.
  worker.stdout.resume()
  worker.stderr.resume()
  const broken = new Promise<never>((_, reject) => {
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`the ${name} stopped with code ${code}`)))
  })
  broken.catch(() => undefined)
  const service = wrap<T>(nodeEndpoint(worker)) as T
  return { service, broken, stop: () => void worker.terminate() }
}
