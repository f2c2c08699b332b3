import { expose } from 'comlink'
import { pageCache } from '../model-cache.ts'
import { siteReader } from '../model-files.ts'
import { carryErrors } from './carry-errors.ts'
import { EncoderWorker } from './encoder-service.ts'

carryErrors()
expose(
  new EncoderWorker({
    async readManifest(url) {
      const bytes = await siteReader(url)('')
      return bytes && new TextDecoder().decode(bytes)
    },
    files: async (manifest, url) => ({ local: siteReader(url), cache: await pageCache(manifest.id) }),
    wordsFirst: true,
  }),
)
