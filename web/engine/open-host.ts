import { LibraryHost } from './host.ts'
import type { ModelProgress } from './options.ts'
import type { Platform } from './platform.ts'
import type { ManifestView } from './reader.ts'
import { copiedBytes, RemoteHost } from './remote-host.ts'
import type { StartedModel } from './started-model.ts'
import { HttpStore } from './store-http.ts'
import type { LibraryEvents, LibraryService, OpenRequest } from './workers/protocol.ts'

type TakePrepared = (name: string) => StartedModel | undefined

/** Opens a library here, or where its server is if it is larger than what may be copied and the server answers searches. */
export async function openHost(
  request: OpenRequest,
  events: LibraryEvents,
  platform: Platform,
  takePrepared: TakePrepared,
): Promise<LibraryService> {
  const { mostCopied } = request
  if (mostCopied === undefined) return LibraryHost.open(request, events, platform, takePrepared)
  const store = platform.openStore(request.store, (progress: ModelProgress) => events.libraryProgress(progress))
  if (!(store instanceof HttpStore)) return LibraryHost.open({ ...request, store }, events, platform, takePrepared)
  const manifest = await store.readManifest()
  if (manifest && store.remote?.searches) {
    const { counts, dim } = JSON.parse(new TextDecoder().decode(manifest)) as ManifestView
    if (copiedBytes(counts.rows, dim) > mostCopied) {
      return RemoteHost.open(request, store, manifest, events, platform, takePrepared)
    }
  }
  return LibraryHost.open({ ...request, store }, events, platform, takePrepared)
}
