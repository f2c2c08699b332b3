import { PicfindError } from './errors.ts'
import type { LocalReader } from './model-files.ts'
import { fileName } from './models.ts'
import type { Store } from './store.ts'

/**
 * Files of a model that a bundle holds by hash. `files`: by name, the sha256 of the file or of each of its pieces; a file that is not
 * named there is not in the bundle.
 */
export function bundledModel(
  files: Record<string, string | string[]>,
  store: Pick<Store, 'name' | 'read'>,
  sha256: (bytes: Uint8Array) => Promise<string>,
): LocalReader {
  const readPiece = async (piece: string): Promise<BlobPart> => {
    const bytes = await store.read(piece)
    if (!bytes) throw new PicfindError('not-found', `${piece} is not at ${store.name}; publish the bundle again`)
    if ((await sha256(bytes)) === piece) return bytes as Uint8Array<ArrayBuffer>
    throw new PicfindError(
      'corrupt',
      `${piece} at ${store.name} is another file than expected; publish the bundle again`,
    )
  }
  return async path => {
    const pieces = files[fileName(path)]
    if (pieces === undefined) return undefined
    const read = await Promise.all([pieces].flat().map(readPiece))
    return new Uint8Array(await new Blob(read).arrayBuffer())
  }
}
