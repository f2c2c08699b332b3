/**
 * Records by id, thumbnails and the order by time: by the core's lookups, or by their files where a library is too large for them to be
 * kept in memory. Call all of it in `reader.read`.
 */
import type { CoreLibrary, Place, RowBytes } from './core.ts'
import { expectValue } from './core-loader.ts'
import { PicfindError } from './errors.ts'
import type { LibraryReader } from './reader.ts'

/** uint32 in the key of an id. */
const keyWords = 4

/** The row of a record. Throws `not-found`. */
export async function rowOf(reader: LibraryReader, library: CoreLibrary, id: string): Promise<number> {
  const known = library.hasLookups ? library.rowOf(id) : reader.recentRows.get(id)
  const row = known ?? (await findRow(reader, library, id))
  if (row < 0) throw new PicfindError('not-found', `There is no picture "${id}" in the library.`)
  return row
}

/** Remembers where a record was found that may be asked for next. */
export function rememberRow(reader: LibraryReader, library: CoreLibrary, id: string, row: number): void {
  if (!library.hasLookups) reader.recentRows.set(id, row)
}

/** null where the row has no thumbnail or the file that says so is lost. */
export async function thumbnailPlace(reader: LibraryReader, library: CoreLibrary, row: number): Promise<Place | null> {
  if (library.hasLookups) return library.thumbnailPlace(row)
  const entry = library.thumbnailEntry(row)
  if (!entry) return null
  const place = new Uint32Array(2)
  const parts = [entry.pack, entry.item].map((offset, i) => ({ offset, into: bytesOf(place.subarray(i, i + 1)) }))
  if (!(await reader.parts(entry.file, parts, false))) return null
  return library.thumbnailPlaceOf(row, place[0]!, place[1]!)
}

/** Rows of records `offset` … `offset + count`, last modified first. */
export async function newestRows(
  reader: LibraryReader,
  library: CoreLibrary,
  offset: number,
  count: number,
): Promise<Uint32Array> {
  if (library.needsTimes) expectValue(library.takeTimes(await readTimes(reader, library)), reader.store.name)
  return library.newest(offset, count)
}

/** The newest segment's first, as the core has it; −1 if there is none. */
async function findRow(reader: LibraryReader, library: CoreLibrary, id: string): Promise<number> {
  const key = keyOf(reader.core.sha256(new TextEncoder().encode(id)))
  for (const part of library.idKeys().reverse()) {
    const words = new Uint32Array(part.rows * keyWords)
    if (!(await readRows(reader, part, words))) continue
    for (let row = part.rows - 1; row >= 0; row--) {
      if (isAt(words, row, key) && library.isLive(part.firstRow + row)) return part.firstRow + row
    }
  }
  return -1
}

/** uint32[4] of a sha256 in hex. */
function keyOf(hex: string): Uint32Array {
  const bytes = Uint8Array.from({ length: keyWords * 4 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
  return new Uint32Array(bytes.buffer)
}

function isAt(words: Uint32Array, row: number, key: Uint32Array): boolean {
  for (let i = 0; i < keyWords; i++) if (words[row * keyWords + i] !== key[i]) return false
  return true
}

/** float64[rows]; 0 for those of which it is not known. */
async function readTimes(reader: LibraryReader, library: CoreLibrary): Promise<Float64Array> {
  const times = new Float64Array(library.rows)
  for (const part of library.modifiedTimes()) {
    await readRows(reader, part, times.subarray(part.firstRow, part.firstRow + part.rows))
  }
  return times.map(time => (Number.isFinite(time) ? time : 0))
}

/** False where the file is lost. */
function readRows(
  reader: LibraryReader,
  { file, offset }: RowBytes,
  into: Uint32Array | Float64Array,
): Promise<boolean> {
  return reader.parts(file, [{ offset, into: bytesOf(into) }], false)
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
