/** Picfind in Node: decoders and encoder work in threads, the library itself in the caller's. */
import { LibraryHost } from './host.ts'
import { LibraryFront } from './library.ts'
import type { LibraryOptions } from './options.ts'
import { nodePlatform } from './platform-node.ts'

export * from './index.ts'
export { sourceFromFolder } from './source-node.ts'
export { folder } from './store-folder.ts'

export class Library extends LibraryFront {
  /** Opens a library or prepares a new one, which is made with its first picture. Throws `space`, `version`, `not-found`. */
  static async open(options: LibraryOptions): Promise<Library> {
    const platform = nodePlatform(options.assets)
    const { store, model, acceptedLicence, decoding, graph, memoryBudget, signsFirstAbove } = options
    let library: Library | undefined
    const events = {
      changed: () => void library?.dispatchEvent(new Event('change')),
      modelProgress: options.onModelProgress ?? (() => {}),
      libraryProgress: options.onLibraryProgress ?? (() => {}),
      heard: () => {},
    }
    const request = { store, model, acceptedLicence, decoding, graph, memoryBudget, signsFirstAbove }
    const service = await LibraryHost.open(request, events, platform)
    library = new Library({
      service,
      add: (job, source, addOptions, onProgress) => service.add(job, source, addOptions, onProgress),
      async source(name) {
        const origin = await service.originOf(name)
        return origin && platform.openSource(origin, name)
      },
      disconnect: () => {},
    })
    return library
  }
}
