import type { CoreLibrary } from './core.ts'
import { PicfindError } from './errors.ts'
import type { LibraryReader } from './reader.ts'
import type { FilePart } from './store.ts'

/** The vectors of pictures, one for each record. */
export const pictures = 'picture'
/** Files read at a time, of at most 1 MiB and 4 MiB: rows may be spread over all files of a library, which need not be in memory together. */
const filesAtATime = { full: 8, int8: 4 }

/** Rows as they are stored: vector − mean = scale · values. */
export interface Int8Rows {
  /** int8[n·dim] */
  values: Int8Array
  /** float32[n] */
  scales: Float32Array
}

/** The float32 vectors of rows, one after the other; undefined where the library has none or a file is lost. */
export async function readFull(
  reader: LibraryReader,
  library: CoreLibrary,
  rows: Uint32Array,
): Promise<Float32Array | undefined> {
  const places = rows.length > 0 ? library.fullPlaces(pictures, rows) : null
  if (!places) return undefined
  const width = library.dim * Float32Array.BYTES_PER_ELEMENT
  const vectors = new Uint8Array(rows.length * width)
  const wanted: FilePart[][] = places.files.map(() => [])
  places.file.forEach((file, i) => {
    wanted[file]!.push({ offset: places.offset[i]!, into: vectors.subarray(i * width, (i + 1) * width) })
  })
  const isWhole = await readAll(reader, places.files, wanted, filesAtATime.full, true)
  return isWhole ? new Float32Array(vectors.buffer) : undefined
}

/** The int8 form of rows, from its files; undefined where one is lost. */
export async function readInt8(
  reader: LibraryReader,
  library: CoreLibrary,
  rows: Uint32Array,
): Promise<Int8Rows | undefined> {
  const places = library.int8Places(pictures, rows)
  if (!places) return undefined
  const width = library.dim
  const values = new Uint8Array(rows.length * width)
  const scaleWidth = Float32Array.BYTES_PER_ELEMENT
  const scales = new Uint8Array(rows.length * scaleWidth)
  const wanted: FilePart[][] = places.files.map(() => [])
  places.file.forEach((file, i) => {
    wanted[file]!.push(
      { offset: places.values[i]!, into: values.subarray(i * width, (i + 1) * width) },
      { offset: places.scale[i]!, into: scales.subarray(i * scaleWidth, (i + 1) * scaleWidth) },
    )
  })
  // Those files do not fit into memory: none is kept.
  const isWhole = await readAll(reader, places.files, wanted, filesAtATime.int8, false)
  return isWhole ? { values: new Int8Array(values.buffer), scales: new Float32Array(scales.buffer) } : undefined
}

/** The stored vector of a row: as it was encoded where the library has `full`, else from its int8 form. */
export async function vectorOf(reader: LibraryReader, library: CoreLibrary, row: number): Promise<Float32Array> {
  const full = await readFull(reader, library, Uint32Array.of(row))
  const vector = full ?? (await vectorOfInt8(reader, library, row))
  if (vector.length === 0) throw new PicfindError('corrupt', 'The vector of this picture is damaged.')
  return vector
}

/** Empty where it is damaged or lost. */
async function vectorOfInt8(reader: LibraryReader, library: CoreLibrary, row: number): Promise<Float32Array> {
  const inMemory = library.vector(pictures, row)
  const vector = inMemory.length > 0 || !reader.arriving ? inMemory : reader.arriving.vector(pictures, row)
  if (vector.length > 0 || library.int8InMemory) return vector
  const int8 = await readInt8(reader, library, Uint32Array.of(row))
  return int8 ? library.vectorOfInt8(int8.values, int8.scales[0]!) : vector
}

/** Reads the parts wanted[i] of files[i]; false where a file is lost. `keep`: as `LibraryReader.parts` has it. */
async function readAll(
  reader: LibraryReader,
  files: readonly string[],
  wanted: readonly FilePart[][],
  filesAtATime: number,
  keep: boolean,
): Promise<boolean> {
  for (let first = 0; first < files.length; first += filesAtATime) {
    const found = await Promise.all(
      files
        .slice(first, first + filesAtATime)
        .map((file, i) => reader.parts(file, wanted[first + i]!, keep).catch(unlessUnreachable)),
    )
    if (!found.every(Boolean)) return false
  }
  return true
}

/** Without a network what is in memory has to do. */
function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof PicfindError && error.code === 'download')) throw error
}
