/** Packs of records (deflated JSON lists) and lists of neighbours, fetched as far as they are asked for. */
import { QuickError } from './errors.ts'
import type { Cuts } from './formats.ts'
import { inflate } from './inflate.ts'
import { cutOf, type FetchFile, json, once } from './lexicon.ts'

export interface QuickRecord {
  id: string
  /** Relative to the site's root. */
  path: string
  alt?: string
  caption?: string
  title?: string
  width: number
  height: number
  /** Where the picture is, if not at its path. */
  url?: string
  /** Relative to the bundle. */
  thumbnail?: string
  pages?: { url: string; title: string }[]
}

/** The record of a row. */
export function recordReader(cuts: Cuts<number>, fetchFile: FetchFile): (row: number) => Promise<QuickRecord> {
  const pack = once(async name => json(await inflate(await fetchFile(name), name)) as QuickRecord[])
  return async row => {
    const cut = cutOf(cuts.first, row)
    const record = (await pack(cuts.files[cut]!))[row - cuts.first[cut]!]
    if (!record) throw new QuickError('corrupt', `${cuts.files[cut]} has no record ${row}; make the bundle again.`)
    return record
  }
}

export interface Neighbour {
  row: number
  /** Cosine, to 1/255. */
  score: number
}

/** In a list of neighbours: the row in the lower 24 bits, the score in the upper 8, in 255ths. */
export const rowBits = 24
export const mostScore = 255

/** The rows nearest to a row, nearest first. */
export function neighbourReader(
  { count, ...cuts }: Cuts<number> & { count: number },
  fetchFile: FetchFile,
): (row: number) => Promise<Neighbour[]> {
  const file = once(fetchFile)
  return async row => {
    if (count === 0) return []
    const cut = cutOf(cuts.first, row)
    const bytes = await file(cuts.files[cut]!)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = (row - cuts.first[cut]!) * count
    return Array.from({ length: count }, (_, i) => {
      const packed = view.getUint32(4 * (start + i), true)
      return { row: packed & (2 ** rowBits - 1), score: (packed >>> rowBits) / mostScore }
    })
  }
}
