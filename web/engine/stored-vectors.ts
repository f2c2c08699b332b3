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
  const names = Array.from(places.file, file => places.files[file]!)
  const wanted = names.map((file, i) => ({ file, parts: [{ offset: places.offset[i]!, length: width }] }))
  const isWhole = await readEach(reader, wanted, filesAtATime.full, (i, [vector]) => vectors.set(vector!, i * width))
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
  const scaleWidth = Float32Array.BYTES_PER_ELEMENT
  const scales = new Uint8Array(rows.length * scaleWidth)
  const wanted = places.map(({ file, values, scale }) => ({
    file,
    parts: [
      { offset: values, length: width },
      { offset: scale, length: scaleWidth },
    ],
  }))
  const isWhole = await readEach(reader, wanted, filesAtATime.int8, (i, [row, scale]) => {
    values.set(row!, i * width)
    scales.set(scale!, i * scaleWidth)
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
  const inMemory = library.vector(pictures, row)
  const vector = inMemory.length > 0 || !reader.arriving ? inMemory : reader.arriving.vector(pictures, row)
  if (vector.length > 0 || library.int8InMemory) return vector
  const int8 = await readInt8(reader, library, Uint32Array.of(row))
  return int8 ? library.vectorOfInt8(int8.values, int8.scales[0]!) : vector
}

/** Calls `use(i, parts)` with the bytes of every wanted[i], all of as many parts, each file being asked for once; false where a file is lost. */
async function readEach(
  reader: LibraryReader,
  wanted: { file: string; parts: FilePart[] }[],
  filesAtATime: number,
  use: (i: number, parts: Uint8Array[]) => void,
): Promise<boolean> {
  const wantedOf = new Map<string, number[]>()
  wanted.forEach(({ file }, i) => {
    const others = wantedOf.get(file)
    if (others) others.push(i)
    else wantedOf.set(file, [i])
  })
  const files = [...wantedOf]
  for (let first = 0; first < files.length; first += filesAtATime) {
    const found = await Promise.all(
      files.slice(first, first + filesAtATime).map(async ([file, all]) => {
        const parts = all.flatMap(i => wanted[i]!.parts)
        const read = await reader.parts(file, parts).catch(unlessUnreachable)
        const each = parts.length / all.length
        if (read) for (const [n, i] of all.entries()) use(i, read.slice(n * each, (n + 1) * each))
        return read !== undefined
      }),
    )
    if (found.includes(false)) return false
  }
  return true
}

/** Without a network what is in memory has to do. */
function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof PicfindError && error.code === 'download')) throw error
}
