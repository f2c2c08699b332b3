/** Makes a large library, or opens it and waits for its graph, as the engine's own worker does. */
import { loadCore } from '../../../dist/engine/core-loader.js'
import { LibraryGraph } from '../../../dist/engine/library-graph.js'
import { LibraryReader } from '../../../dist/engine/reader.js'
import { OpfsStore } from '../../../dist/engine/store-opfs.js'
import { LibraryWriter } from '../../../dist/engine/writer.js'
import { randomVectors, segmentRow } from '../../web/fixtures/segment-rows.ts'

const dim = 8
/** Enough for a graph. */
const rows = 66_000
/** Few links are quick to find. */
const settings = { m: 4, efConstruction: 16 }

async function open(library: string, changed: () => void): Promise<LibraryReader> {
  const at = (folder: string) => new URL(folder, location.href).href
  const assets = { core: at('/core/'), models: at('/models/'), runtime: at('/runtime/') }
  const reader = new LibraryReader(await loadCore(assets), new OpfsStore(library), changed)
  await reader.refresh()
  return reader
}

async function write<T>(reader: LibraryReader, work: (writer: LibraryWriter) => Promise<T>): Promise<T> {
  const writer = await LibraryWriter.open(reader)
  try {
    return await work(writer)
  } finally {
    await writer.release()
  }
}

async function make(library: string): Promise<number> {
  const reader = await open(library, () => {})
  await write(reader, async writer => {
    const space = { id: 'test', sha256: 'a'.repeat(64) }
    await writer.create({ epoch: '0'.repeat(32), space, dim, mean: new Float32Array(dim), full: false })
    await writer.commit({ rows: randomVectors(rows, dim).map(segmentRow), deleteIds: [] })
  })
  await reader.close()
  return rows
}

async function build(library: string): Promise<{ begun: number; graphRows: number }> {
  let changed = () => {}
  const reader = await open(library, () => changed())
  let begun = 0
  const start = reader.library.startGraph
  reader.library.startGraph = function (...options) {
    begun++
    return start.apply(this, options)
  }
  const graph = new LibraryGraph(reader, settings, builder => write(reader, writer => writer.publishGraph(builder)))
  const whole = new Promise<void>(resolve => {
    changed = () => {
      if (reader.library.graphRows === rows) resolve()
    }
  })
  reader.store.onPublish(() => void reader.refresh())
  graph.keepUp()
  await whole
  await graph.stop()
  const { graphRows } = reader.library
  await reader.close()
  return { begun, graphRows }
}

addEventListener('message', async ({ data: [task, library] }) => {
  postMessage(await (task === 'make' ? make(library) : build(library)))
})
