/** Reads parts of a file as the engine's own worker does. */
import { OpfsStore } from '../../../dist/engine/store-opfs.js'

addEventListener('message', async ({ data: [library, name, parts] }) => {
  const store = new OpfsStore(library)
  postMessage(await store.readParts(name, parts))
  store.close()
})
