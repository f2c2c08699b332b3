import { expose, proxy } from 'comlink'
import { loadCore } from '../core-loader.ts'
import { PicfindError } from '../errors.ts'
import { openHost } from '../open-host.ts'
import type { Assets } from '../options.ts'
import type { Platform } from '../platform.ts'
import { pagePlatform } from '../platform-page.ts'
import { StartedModel } from '../started-model.ts'
import { carryErrors } from './carry-errors.ts'
import type { LibraryEvents, LibraryService, LibraryWorker, OpenRequest, WorkerStarter } from './protocol.ts'

carryErrors()

let prepared: StartedModel | undefined
let starter: WorkerStarter | undefined

function platform(assets: Assets): Platform {
  if (!starter) throw new PicfindError('usage', 'The library worker has not been connected to its page.')
  return pagePlatform(assets, starter)
}

const worker: LibraryWorker = {
  async connect(workers: WorkerStarter): Promise<void> {
    starter = workers
  },

  async prepare(model: string, assets: Assets): Promise<void> {
    prepared = new StartedModel(platform(assets), model, false, () => {})
    await loadCore(assets)
  },

  async open(request: OpenRequest, events: LibraryEvents): Promise<LibraryService> {
    const takePrepared = (name: string): StartedModel | undefined => {
      const model = prepared?.name === name ? prepared : undefined
      if (model) prepared = undefined
      return model
    }
    return proxy(await openHost(request, events, platform(request.assets), takePrepared))
  },
}
expose(worker)
