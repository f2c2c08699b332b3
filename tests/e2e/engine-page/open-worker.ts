/** Reads a file again and again through one store, as the engine's own worker does; says how often it was opened for that. */
import { OpfsStore } from '../../../dist/engine/store-opfs.js'
import { readParts } from './read-parts.ts'

interface Openable {
  createSyncAccessHandle(...options: unknown[]): Promise<unknown>
}

let opened = 0
const files = FileSystemFileHandle.prototype as unknown as Openable
const open = files.createSyncAccessHandle
files.createSyncAccessHandle = function (...options) {
  opened++
  return open.apply(this, options)
}
let store: OpfsStore | undefined

addEventListener('message', async ({ data: [library, name, times] }) => {
  store ??= new OpfsStore(library)
  opened = 0
  let read = 0
  for (let i = 0; i < times; i++) {
    const found = await store.reading(() => readParts(store!, name, [{ offset: 1, length: 2 }]))
    if (found?.[0]?.join() === '2,3') read++
  }
  postMessage({ read, opened })
})
