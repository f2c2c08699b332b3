import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort } from 'node:worker_threads'
import { expose } from 'comlink'
import { downloadFolder, folderCache, folderReader } from '../model-cache-node.ts'
import { carryErrors } from './carry-errors.ts'
import { EncoderWorker } from './encoder-service.ts'
import { nodeEndpoint } from './endpoint-node.ts'

carryErrors()
const worker = new EncoderWorker({
  async readManifest(url) {
    const path = fileURLToPath(url)
    const bytes = await folderReader(dirname(path))(basename(path))
    return bytes && new TextDecoder().decode(bytes)
  },
  files: async (manifest, url) => {
    const folder = fileURLToPath(new URL('.', url))
    return {
      local: folderReader(folder),
      beside: folderReader(folder),
      cache: folderCache(downloadFolder(manifest.id)),
    }
  },
  readRuntime: async () => undefined,
  wordsFirst: false,
})
if (parentPort) expose(worker, nodeEndpoint(parentPort))
