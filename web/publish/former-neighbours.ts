import { inflateSync } from 'fflate'
import type { Core } from '../engine/core.ts'
import type { QuickDescriptor } from '../quick/formats.ts'
import { type QuickRecord, rowBits } from '../quick/records.ts'
import { type FormerNeighbours, vectorKey } from './quick-neighbours.ts'

/** A file of a bundle; undefined if it is not there, or not what it is named for. */
type ReadFile = (name: string) => Promise<Uint8Array | undefined>

class LostFile extends Error {}

/**
 * The neighbours that quick search of a bundle has, by the name of its descriptor; undefined where a file of it is lost. `vectorOf`: of a
 * picture of that bundle by its id, float32[dim].
 */
export async function formerNeighbours(
  name: string,
  readFile: ReadFile,
  vectorOf: (id: string) => Float32Array | undefined,
  core: Pick<Core, 'sha256'>,
): Promise<FormerNeighbours | undefined> {
  const read = async (file: string) => {
    const bytes = await readFile(file)
    if (!bytes) throw new LostFile()
    return bytes
  }
  try {
    const { records, neighbours } = parse(await read(name)) as QuickDescriptor
    const keys: (string | undefined)[] = []
    for (const file of records.files) {
      for (const { id } of parse(inflateSync(await read(file))) as QuickRecord[]) {
        const vector = vectorOf(id)
        keys.push(vector && vectorKey(vector, core))
      }
    }
    const lists = new Uint32Array(keys.length * neighbours.count)
    for (const [i, file] of neighbours.files.entries()) {
      const bytes = await read(file)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const begin = neighbours.first[i]! * neighbours.count
      for (let at = 0; at < bytes.length / 4; at++)
        lists[begin + at] = view.getUint32(4 * at, true) & (2 ** rowBits - 1)
    }
    return { keys, of: row => lists.subarray(row * neighbours.count, (row + 1) * neighbours.count) }
  } catch (error) {
    if (error instanceof LostFile) return undefined
    throw error
  }
}

const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
