import { expose, proxy } from 'comlink'
import { loadCore } from '../core-loader.ts'
import { openHost } from '../open-host.ts'
import type { Assets } from '../options.ts'
import { pagePlatform } from '../platform-page.ts'
import { StartedModel } from '../started-model.ts'
import { carryErrors } from './carry-errors.ts'
import type { LibraryEvents, LibraryService, LibraryWorker, OpenRequest } from './protocol.ts'

carryErrors()

let prepared: StartedModel | undefined

const worker: LibraryWorker = {
  async prepare(model: string, assets: Assets): Promise<void> {
    prepared = new StartedModel(pagePlatform(assets), model, false, () => {})
    await loadCore(assets)
  },

  async open(request: OpenRequest, events: LibraryEvents): Promise<LibraryService> {
    const takePrepared = (name: string): StartedModel | undefined => {
      const model = prepared?.name === name ? prepared : undefined
      if (model) prepared = undefined
      return model
    }
    return proxy(await openHost(request, events, pagePlatform(request.assets), takePrepared))
  },
}
expose(worker)
