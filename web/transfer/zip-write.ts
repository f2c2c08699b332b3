/** Writes zips in a stream: the parts are blobs, which browsers may keep on disk. */
import { Zip, ZipPassThrough } from 'fflate'
import { PicfindError } from '../engine/errors.ts'

/** What fits without zip64, which fflate does not write (APPNOTE 4.4.1.4); some room is left for headers. */
const mostBytes = 2 ** 32 - 2 ** 26
const mostFiles = 65_534

export class ZipWriter {
  readonly #parts: Blob[] = []
  readonly #zip = new Zip((error, part) => {
    if (error) throw error
    this.#parts.push(new Blob([part as Uint8Array<ArrayBuffer>]))
  })
  #bytes = 0
  #files = 0

  /** Stored as it is: vectors and JPEGs hardly get smaller. Throws `too-large`. */
  add(path: string, bytes: Uint8Array): void {
    this.#bytes += bytes.length
    this.#files++
    if (this.#bytes > mostBytes || this.#files > mostFiles) {
      throw new PicfindError(
        'too-large',
        'This library is too large for one zip (4 GB, 65,534 files); save it into a folder.',
      )
    }
    const file = new ZipPassThrough(path)
    // Equal libraries are equal zips.
    file.mtime = new Date(1980, 0, 2)
    this.#zip.add(file)
    file.push(bytes, true)
  }

  end(): Blob {
    this.#zip.end()
    return new Blob(this.#parts, { type: 'application/zip' })
  }
}
