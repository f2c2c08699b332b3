import { bundledModel } from '../bundled-model.ts'
import { loadCore } from '../core-loader.ts'
import { PicfindError } from '../errors.ts'
import { pageCache } from '../model-cache.ts'
import { type LocalReader, siteReader } from '../model-files.ts'
import { fileName } from '../models.ts'
import type { Assets, ModelProgress } from '../options.ts'
import { sha256 } from '../sha256.ts'
import { HttpStore } from '../store-http.ts'
import { carryErrors } from './carry-errors.ts'
import { EncoderWorker } from './encoder-service.ts'
import { exposeOnPort } from './expose-on-port.ts'
import { askPageForThreads } from './page-thread.ts'

carryErrors()
askPageForThreads()

/** What comes with a bundle, where the model is one of a bundle. */
function bundled(assets: Assets, onProgress: (progress: ModelProgress) => void): LocalReader | undefined {
  const { models, modelFiles } = assets
  const hash = (bytes: Uint8Array) => sha256(bytes, async all => (await loadCore(assets)).sha256(all))
  return modelFiles && bundledModel(modelFiles, new HttpStore(models, { onProgress }), hash)
}

/** As the model's files are, where its hash is known. */
async function readRuntime(
  { runtime, runtimeSha256, ...assets }: Assets,
  onProgress: (progress: ModelProgress) => void,
): Promise<Uint8Array | undefined> {
  if (runtime === undefined || runtimeSha256 === undefined) return undefined
  const wasm = new URL(typeof runtime === 'string' ? `${runtime}ort-wasm-simd-threaded.wasm` : runtime.wasm)
  const store = new HttpStore(new URL('.', wasm).href, { onProgress })
  const bytes = await store.read(runtimeSha256, fileName(wasm.pathname))
  const found = bytes && (await sha256(bytes, async all => (await loadCore(assets)).sha256(all)))
  if (found === runtimeSha256) return bytes
  throw new PicfindError('corrupt', `${wasm.href} is another runtime than expected; publish the bundle again`)
}

exposeOnPort(
  new EncoderWorker({
    async readManifest(url, assets, onProgress) {
      const read = bundled(assets, onProgress)
      const bytes = await (read ? read('model.json') : siteReader(url)(''))
      return bytes && new TextDecoder().decode(bytes)
    },
    async files(manifest, url, assets, onProgress) {
      const beside = bundled(assets, onProgress)
      return { local: beside ?? siteReader(url), beside, cache: await pageCache(manifest.id) }
    },
    readRuntime,
    wordsFirst: true,
  }),
)
