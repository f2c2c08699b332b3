/** Writes zips of any size in a stream: the parts are blobs, which browsers may keep on disk. */
import { BlobReader, Uint8ArrayReader, ZipWriter as Writer } from '@zip.js/zip.js/lib/zip-core-custom.js'
import { PicfindError } from '../engine/errors.ts'

/** Bytes of a part. */
const partSize = 16 * 2 ** 20

/** Equal libraries are equal zips. */
const noTime = new Date(1980, 0, 2)

export class ZipWriter {
  readonly #parts: Blob[] = []
  #pending: Uint8Array<ArrayBuffer>[] = []
  #pendingBytes = 0
  readonly #zip = new Writer(new WritableStream({ write: chunk => this.#keep(chunk) }), {
    // Stored as it is: vectors and JPEGs hardly get smaller.
    level: 0,
    extendedTimestamp: false,
    useWebWorkers: false,
  })

  /** Throws `no-space`. `modified`: times before 1980 and after 2107, which a zip cannot tell, become the nearest that it can. One file at a time. */
  async add(path: string, content: Uint8Array | Blob, modified = noTime): Promise<void> {
    const reader = content instanceof Blob ? new BlobReader(content) : new Uint8ArrayReader(content)
    await this.#zip.add(path, reader, { lastModDate: modified })
  }

  /** Throws `no-space`. */
  async end(): Promise<Blob> {
    await this.#zip.close()
    await this.#flush()
    return new Blob(this.#parts, { type: 'application/zip' })
  }

  async #keep(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes >= partSize) await this.#flush()
  }

  async #flush(): Promise<void> {
    const part = new Blob(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    try {
      // Browsers tell only those who read a blob that they had no space for it.
      await part.slice(-1).arrayBuffer()
    } catch {
      throw new PicfindError(
        'no-space',
        'The browser has no space left for this zip; free some, or save the library into a folder.',
      )
    }
    this.#parts.push(part)
  }
}
