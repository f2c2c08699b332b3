import type { Core } from '../engine/core.ts'
import { decodePicture } from '../engine/decode.ts'
import { platformDecode } from '../engine/decode-node.ts'
import { thumbnailSide } from '../engine/decode-size.ts'
import type { LibraryReader } from '../engine/reader.ts'
import { readThumbnail } from '../engine/records.ts'
import type { BundleFolder } from './bundle-folder.ts'
import { bytesOf } from './site-listing.ts'
import type { SitePicture } from './site-pictures.ts'
import { urlOfPath } from './site-urls.ts'

/** JPEG quality. */
const quality = 80

export interface ThumbnailTools {
  core: Core
  work: LibraryReader
  folder: BundleFolder
  /** The site's root, relative to the bundle. */
  base: string
}

/** The address of a picture's thumbnail, relative to the bundle: the site's own small copy, else one that is made; undefined if none can be. */
export async function thumbnailOf(
  { core, work, folder, base }: ThumbnailTools,
  { file, thumbnail }: SitePicture,
  row: number,
  sha256: string,
): Promise<string | undefined> {
  if (thumbnail !== undefined) return base + urlOfPath(thumbnail)
  const isThere = await folder.ensureThumbnail(sha256, async () => {
    const known = await work.read(library => readThumbnail(work, library, row))
    return known?.length ? known : decodeThumbnail(core, file)
  })
  return isThere ? folder.thumbnailUrl(sha256) : undefined
}

/** Of a picture whose vector was carried over from a bundle where the site had a small copy of its own. */
async function decodeThumbnail(core: Core, file: SitePicture['file']): Promise<Uint8Array | undefined> {
  const bytes = await bytesOf(file)
  const least = { shortSide: 1, longSide: thumbnailSide }
  const picture = await decodePicture(core, bytes, file.path, least, platformDecode).catch(() => undefined)
  if (!picture) return undefined
  try {
    return picture.thumbnail(thumbnailSide, quality)
  } finally {
    picture.delete()
  }
}
