/** Reads parts of a file as the engine's own worker does. */
import { OpfsStore } from '../../../dist/engine/store-opfs.js'
import { readParts } from './read-parts.ts'

addEventListener('message', async ({ data: [library, name, parts] }) => {
  const store = new OpfsStore(library)
  postMessage(await readParts(store, name, parts))
  store.close()
})
