import type { CoreLibrary } from './core.ts'
import type { LibraryReader } from './reader.ts'
import { readRecord, readThumbnail, type SourceIndex } from './records.ts'
import { isInside, numberedPath } from './source.ts'
import { vectorOf } from './stored-vectors.ts'
import type { PictureRecord } from './types.ts'

/** What is kept of a picture, ready to be stored under another path. */
export interface StoredPicture {
  record: PictureRecord
  vector: Float32Array
  thumbnail: Uint8Array
}

/** What the library already has, seen from one source. */
export class KnownPictures {
  readonly #reader: LibraryReader
  readonly #others: LibraryReader | undefined
  readonly #sourceIndex: SourceIndex
  readonly #source: string

  /** `others`: another library of the same space, which may have what this one has not. */
  constructor(reader: LibraryReader, others: LibraryReader | undefined, sourceIndex: SourceIndex, source: string) {
    this.#reader = reader
    this.#others = others
    this.#sourceIndex = sourceIndex
    this.#source = source
  }

  idOf(path: string): string {
    return `${this.#source}/${path}`
  }

  /** Hash, size and time of the file as it was indexed. */
  statOf(id: string): ReturnType<CoreLibrary['stat']> | undefined {
    const { library } = this.#reader
    const row = library.rowOf(id)
    return row < 0 ? undefined : library.stat(row)
  }

  has(id: string): boolean {
    return this.#reader.library.rowOf(id) >= 0
  }

  /** Whether a picture of that hash is stored, in any source or in the other library. */
  hasSha256(sha256: string): boolean {
    return [this.#reader, this.#others].some(reader => reader && reader.library.rowOfSha256(sha256) >= 0)
  }

  /** undefined if there is none or its record is lost. */
  async stored(sha256: string): Promise<StoredPicture | undefined> {
    return (await readStored(this.#reader, sha256)) ?? (this.#others && readStored(this.#others, sha256))
  }

  /** Loose files of one name are different pictures as long as their bytes are: the path such a one has or gets. */
  loosePath(path: string, sha256: string, listed: ReadonlySet<string>): string {
    let free = path
    for (let n = 2; ; n++) {
      const id = this.idOf(free)
      const known = this.statOf(id)
      if (known?.sha256 === sha256 || (!known && (free === path || !listed.has(id)))) return free
      free = numberedPath(path, n)
    }
  }

  /** Ids of the source's pictures that were not listed and are in no place that could not be read. */
  gone(listed: ReadonlySet<string>, unreadable: string[]): Promise<string[]> {
    return this.#reader.read(async library => {
      const present = new Set<number>()
      for (const id of listed) present.add(library.rowOf(id))
      const others = library.newest(0, library.count).filter(row => !present.has(row))
      const ids = await this.#sourceIndex.idsOf(this.#source, library, others)
      return ids.filter(id => !unreadable.some(path => isInside(id, this.idOf(path))))
    })
  }
}

function readStored(reader: LibraryReader, sha256: string): Promise<StoredPicture | undefined> {
  return reader.read(async library => {
    const row = library.rowOfSha256(sha256)
    const record = row < 0 ? undefined : await readRecord(reader, library, row)
    if (!record) return undefined
    const vector = await vectorOf(reader, library, row)
    const thumbnail = (await readThumbnail(reader, library, row)) ?? new Uint8Array()
    return { record, vector, thumbnail }
  })
}
