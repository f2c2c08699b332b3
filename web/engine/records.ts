import type { CoreLibrary, Place } from './core.ts'
import { newestRows, thumbnailPlace } from './lookups.ts'
import { packItem, readPackItem } from './pack.ts'
import type { LibraryReader } from './reader.ts'
import { sha256 } from './sha256.ts'
import { thumbnailHash } from './thumbnail-name.ts'
import type { PictureRecord, SiteRecord } from './types.ts'

/** The text of a record. Its key order is part of the format: equal records give equal bytes. */
export function recordJson(record: PictureRecord): string {
  const { id, source, path, type, size, width, height, sha256, modified } = record
  return JSON.stringify({ id, source, path, type, size, width, height, sha256, modified })
}

/** undefined where the file that holds it is lost. Call it in `reader.read`. */
export async function readRecord(
  reader: LibraryReader,
  library: CoreLibrary,
  row: number,
): Promise<PictureRecord | undefined> {
  const item = await readItem(reader, library, library.recordPlace(row))
  return item && parseRecord(item)
}

/** The JPEG of a row; undefined where it has none. Call it in `reader.read`. */
export async function readThumbnail(
  reader: LibraryReader,
  library: CoreLibrary,
  row: number,
): Promise<Uint8Array | undefined> {
  const place = await thumbnailPlace(reader, library, row)
  const item = place ? await readItem(reader, library, place) : undefined
  // A copy: whoever gets it may send it away, and its pack is wanted again.
  return item && new Uint8Array(item)
}

/** The small version of a picture that the bundle of a site names, where it can be had. Call it in `reader.read`. */
export async function readPublicThumbnail(
  reader: LibraryReader,
  library: CoreLibrary,
  row: number,
): Promise<Uint8Array | undefined> {
  if (!reader.store.readBeside) return undefined
  const record = (await readRecord(reader, library, row)) as SiteRecord | undefined
  if (record?.thumbnail === undefined) return undefined
  const hash = thumbnailHash(record.thumbnail)
  const isWhole = async (bytes: Uint8Array) =>
    hash === undefined || (await sha256(bytes, all => reader.core.sha256(all))).startsWith(hash)
  const file = await reader.store.readBeside(record.thumbnail, record.id, isWhole).catch(() => undefined)
  return file && new Uint8Array(await file.arrayBuffer())
}

async function readItem(
  reader: LibraryReader,
  library: CoreLibrary,
  { file, offset }: Place,
): Promise<Uint8Array | undefined> {
  // Of a large library hardly two hits lie in one pack: packs in memory would be of little use.
  if (!library.hasLookups) return readPackItem((parts, next) => reader.parts(file, parts, false, next), offset)
  const pack = await reader.file(file)
  return pack && packItem(pack, offset)
}

const decoder = new TextDecoder()

function parseRecord(item: Uint8Array): PictureRecord {
  return JSON.parse(decoder.decode(item)) as PictureRecord
}

/** Which source each record is of: what is known of a pack of records is kept, for packs never change. Call it in `reader.read`. */
export class SourceIndex {
  readonly #reader: LibraryReader
  #packs = new Map<string, (string | undefined)[]>()

  constructor(reader: LibraryReader) {
    this.#reader = reader
  }

  /** undefined where the record is lost. */
  async sourceOf(library: CoreLibrary, row: number): Promise<string | undefined> {
    const { file, offset } = library.recordPlace(row)
    let sources = this.#packs.get(file)
    if (!sources) {
      sources = []
      this.#packs.set(file, sources)
    }
    sources[offset] ??= (await readRecord(this.#reader, library, row))?.source
    return sources[offset]
  }

  /** How many pictures each of a library's sources has. */
  async counts(library: CoreLibrary, sources: readonly { name: string }[]): Promise<Map<string, number>> {
    // Of more than one it has to read every record.
    if (sources.length === 1) return new Map([[sources[0]!.name, library.count]])
    const counts = new Map<string, number>()
    const used = new Set<string>()
    for (const row of await newestRows(this.#reader, library, 0, library.count)) {
      used.add(library.recordPlace(row).file)
      const source = await this.sourceOf(library, row)
      if (source !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1)
    }
    for (const file of this.#packs.keys()) if (!used.has(file)) this.#packs.delete(file)
    return counts
  }

  /** Ids of a source's records among `rows`. */
  async idsOf(source: string, library: CoreLibrary, rows: Iterable<number>): Promise<string[]> {
    const ids: string[] = []
    for (const row of rows) {
      if ((await this.sourceOf(library, row)) !== source) continue
      const record = await readRecord(this.#reader, library, row)
      if (record) ids.push(record.id)
    }
    return ids
  }
}
