import type { LibraryReader } from '../engine/reader.ts'
import { readFull, readInt8 } from '../engine/stored-vectors.ts'

/** A picture's vector: as the bundle before has it, or as it was encoded. */
export type BundleVector = { values: Int8Array; scale: number } | Float32Array

/** Rows read from a library at a time. */
const rowsAtATime = 4096

/** Of pictures by their hash, from the bundle before where that has them, so that they become the same bytes again. */
export async function bundleVectors(
  hashes: readonly string[],
  previous: LibraryReader | undefined,
  work: LibraryReader,
): Promise<Map<string, BundleVector>> {
  const vectors = new Map<string, BundleVector>()
  if (previous) await addStored(hashes, previous, vectors)
  await addEncoded(
    hashes.filter(hash => !vectors.has(hash)),
    work,
    vectors,
  )
  return vectors
}

async function addStored(
  hashes: readonly string[],
  reader: LibraryReader,
  vectors: Map<string, BundleVector>,
): Promise<void> {
  await eachChunk(hashes, reader, async (chunk, rows) => {
    const int8 = await readInt8(reader, reader.library, rows)
    const dim = reader.library.dim
    chunk.forEach((hash, i) => {
      const scale = int8?.scales[i]
      if (int8 && scale !== undefined) {
        vectors.set(hash, { values: int8.values.slice(i * dim, (i + 1) * dim), scale })
      }
    })
  })
}

async function addEncoded(
  hashes: readonly string[],
  reader: LibraryReader,
  vectors: Map<string, BundleVector>,
): Promise<void> {
  await eachChunk(hashes, reader, async (chunk, rows) => {
    const full = await readFull(reader, reader.library, rows)
    const dim = reader.library.dim
    if (!full) return
    for (const [i, hash] of chunk.entries()) vectors.set(hash, full.slice(i * dim, (i + 1) * dim))
  })
}

/** Calls `use` with hashes that the library has and their rows. */
async function eachChunk(
  hashes: readonly string[],
  reader: LibraryReader,
  use: (hashes: string[], rows: Uint32Array) => Promise<void>,
): Promise<void> {
  for (let begin = 0; begin < hashes.length; begin += rowsAtATime) {
    await reader.read(async library => {
      const chunk = hashes.slice(begin, begin + rowsAtATime)
      const known = chunk.map(hash => [hash, library.rowOfSha256(hash)] as const).filter(([, row]) => row >= 0)
      if (known.length === 0) return
      await use(
        known.map(([hash]) => hash),
        Uint32Array.from(known, ([, row]) => row),
      )
    })
  }
}
