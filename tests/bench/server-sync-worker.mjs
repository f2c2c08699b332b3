/** Copies a library of a server into the browser as the page does, and goes on with it, in a worker as the engine does. */
import { LibraryReader } from '../../dist/engine/reader.js'
import { searchVector } from '../../dist/engine/search.js'
import { HttpStore } from '../../dist/engine/store-http.js'
import { core } from './core.mjs'

let reader
let changed = () => {}

async function keepAll() {
  const names = reader.library.files().map(({ name }) => name)
  await Promise.all(names.map(name => reader.store.keep(name)))
}

/** Milliseconds until all files are in memory and kept, and the first answer is there. */
async function sync({ library, asked }) {
  const started = performance.now()
  const store = new HttpStore(library, { follows: true })
  reader = new LibraryReader(await core(), store, () => changed())
  await reader.refresh()
  await searchVector(reader, asked, 10, 0)
  const answered = performance.now() - started
  await keepAll()
  const kept = performance.now() - started
  const files = reader.library.files()
  store.onPublish(() => void reader.refresh())
  return { answered, kept, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** Milliseconds since 1970 when a picture more was found, and bytes that came over the wire for it. */
async function follow({ pictures, asked }) {
  performance.clearResourceTimings()
  while (reader.library.count < pictures) {
    await new Promise(resolve => {
      changed = resolve
    })
  }
  const [first] = (await searchVector(reader, asked, 1, 0)).hits
  const found = Date.now()
  await keepAll()
  const bytes = performance.getEntriesByType('resource').reduce((sum, { transferSize }) => sum + transferSize, 0)
  return { found, score: first.score, bytes }
}

const jobs = { sync, follow }

addEventListener('message', async ({ data: { job, asked, ...options } }) =>
  postMessage(await jobs[job]({ ...options, asked: Float32Array.from(asked) })),
)
