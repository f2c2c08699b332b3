import { PicfindError, reasonOf } from './errors.ts'

/** All bytes of a Blob. Throws `not-found` when the file behind it has gone or changed. */
export async function readBlob(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch (error) {
    throw new PicfindError('not-found', `the file cannot be read any more (${reasonOf(error)})`)
  }
}
