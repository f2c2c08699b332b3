import { expose, proxy } from 'comlink'
import { LibraryHost } from '../host.ts'
import { pagePlatform } from '../platform-page.ts'
import { carryErrors } from './carry-errors.ts'
import type { LibraryEvents, LibraryService, LibraryWorker, OpenRequest } from './protocol.ts'

carryErrors()

const worker: LibraryWorker = {
  async open(request: OpenRequest, events: LibraryEvents): Promise<LibraryService> {
    return proxy(await LibraryHost.open(request, events, pagePlatform(request.assets)))
  },
}
expose(worker)
