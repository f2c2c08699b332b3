import type { LibraryReader } from '../engine/reader.ts'
import { expectFile } from './expect-file.ts'

/** Bytes before the first part of a section. */
const sectionHeader = 64

/** What a library of the same space and mean starts from, without its vectors. Call it in `reader.read`. */
export async function readStart(
  reader: LibraryReader,
): Promise<{ space: { id: string; sha256: string }; dim: number; mean: Float32Array }> {
  const { mean, dim, space } = JSON.parse(reader.library.manifest()) as StoredManifest
  const section = await expectFile(reader, mean)
  return { space, dim, mean: new Float32Array(section.slice(sectionHeader, sectionHeader + 4 * dim).buffer) }
}

interface StoredManifest {
  mean: string
  dim: number
  space: { id: string; sha256: string }
}
