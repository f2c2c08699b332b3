import { expose } from 'comlink'
import { loadCore } from '../engine/core-loader.ts'
import { PicfindError } from '../engine/errors.ts'
import { pageCache } from '../engine/model-cache.ts'
import { openModelFiles, siteReader } from '../engine/model-files.ts'
import { parseManifest } from '../engine/models.ts'
import type { Assets } from '../engine/options.ts'
import { LibraryReader } from '../engine/reader.ts'
import { OpfsStore } from '../engine/store-opfs.ts'
import { carryErrors } from '../engine/workers/carry-errors.ts'
import type { PublishedModel } from '../publish/bundle-model.ts'
import { openBundleFiles } from './bundle-files.ts'
import type { OnStep } from './each-file.ts'
import { exportCopy } from './export-copy.ts'
import { exportSite } from './export-site.ts'
import { folderName } from './folder-name.ts'
import { importLibrary } from './import-library.ts'
import type { ExportRequest, TransferWorker } from './protocol.ts'
import { FolderSink, type Sink, ZipSink } from './sink.ts'
import { readSiteCode } from './site-code.ts'

carryErrors()

const worker: TransferWorker = {
  async inspect(origin) {
    return (await openBundleFiles(origin)).head
  },

  async importBundle(origin, name, assets, onStep) {
    const store = new OpfsStore(name)
    try {
      await importLibrary(await loadCore(assets), await openBundleFiles(origin), store, onStep)
    } finally {
      store.close()
    }
  },

  async exportBundle(request, assets, onStep) {
    // Where sites have it.
    const title = request.site ? 'picfind' : folderName(request.title)
    if (request.into) {
      const sink = await FolderSink.in(request.into, title)
      try {
        await write(request, assets, sink, onStep)
      } catch (error) {
        await sink.discard()
        throw error
      }
      return sink.name
    }
    const sink = new ZipSink(title)
    await write(request, assets, sink, onStep)
    return sink.end()
  },
}
expose(worker)

async function write({ store, site }: ExportRequest, assets: Assets, sink: Sink, onStep: OnStep): Promise<void> {
  // Vectors are read from their files, one after the other.
  const reader = new LibraryReader(await loadCore(assets), new OpfsStore(store), () => {}, { memoryBudget: 0 })
  try {
    await reader.refresh()
    await reader.holdLookups()
    const { manifest } = reader
    if (!manifest) throw new PicfindError('not-found', 'This library has no pictures yet; add some first.')
    if (!site) return await exportCopy(reader, sink, onStep)
    const [model, code] = await Promise.all([openModel(manifest.space.id, assets), readSiteCode(site.page)])
    await exportSite(reader, sink, { ...site, model, code }, onStep)
  } finally {
    await reader.close()
  }
}

/** A model that the library was made with, so its terms have been accepted. */
async function openModel(id: string, assets: Assets): Promise<PublishedModel> {
  const url = new URL(`${id}/model.json`, assets.models)
  const text = await siteReader(url)('')
  if (!text) throw new PicfindError('not-found', `There is no model ${id} here; export the library without a site.`)
  const manifest = parseManifest(new TextDecoder().decode(text), url.href)
  const files = openModelFiles(manifest, {
    local: siteReader(url),
    cache: await pageCache(id),
    sha256: async bytes => (await loadCore(assets)).sha256(bytes),
    acceptedLicence: true,
  })
  return { manifest, text, read: file => files.read(file) }
}
