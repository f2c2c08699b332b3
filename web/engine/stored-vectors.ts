import type { CoreLibrary } from './core.ts'
import { PicfindError } from './errors.ts'
import type { LibraryReader } from './reader.ts'

/** The vectors of pictures, one for each record. */
export const pictures = 'picture'
/** Files read at a time: rows may be spread over all files of a library, which need not be in memory together. */
const filesAtATime = 8

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
  const names = Array.from(places.file, file => places.files[file]!)
  const isWhole = await visitFiles(reader, names, (file, i) => {
    const offset = places.offset[i]!
    vectors.set(file.subarray(offset, offset + width), i * width)
  })
  return isWhole ? new Float32Array(vectors.buffer) : undefined
}

/** The int8 form of rows, from its files; undefined where one is lost. */
export async function readInt8(
  reader: LibraryReader,
  library: CoreLibrary,
  rows: Uint32Array,
): Promise<Int8Rows | undefined> {
  const places = library.int8Places(pictures, rows)
  if (places.length < rows.length) return undefined
  const width = library.dim
  const values = new Uint8Array(rows.length * width)
  const scales = new Uint8Array(rows.length * Float32Array.BYTES_PER_ELEMENT)
  const names = places.map(({ file }) => file)
  const isWhole = await visitFiles(reader, names, (file, i) => {
    const { values: at, scale } = places[i]!
    values.set(file.subarray(at, at + width), i * width)
    scales.set(file.subarray(scale, scale + Float32Array.BYTES_PER_ELEMENT), i * Float32Array.BYTES_PER_ELEMENT)
  })
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
  const vector = library.vector(pictures, row)
  if (vector.length > 0 || library.int8InMemory) return vector
  const int8 = await readInt8(reader, library, Uint32Array.of(row))
  return int8 ? library.vectorOfInt8(int8.values, int8.scales[0]!) : vector
}

/** Reads each file once and calls `visit(file, i)` for every i that `names` has it at; false where a file is lost. */
async function visitFiles(
  reader: LibraryReader,
  names: string[],
  visit: (file: Uint8Array, i: number) => void,
): Promise<boolean> {
  const rowsOf = new Map<string, number[]>()
  names.forEach((name, i) => {
    const rows = rowsOf.get(name)
    if (rows) rows.push(i)
    else rowsOf.set(name, [i])
  })
  const files = [...rowsOf]
  for (let first = 0; first < files.length; first += filesAtATime) {
    const visited = await Promise.all(
      files.slice(first, first + filesAtATime).map(async ([name, rows]) => {
        const file = await reader.file(name).catch(unlessUnreachable)
        if (file) for (const i of rows) visit(file, i)
        return file !== undefined
      }),
    )
    if (visited.includes(false)) return false
  }
  return true
}

/** Without a network what is in memory has to do. */
function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof PicfindError && error.code === 'download')) throw error
}
