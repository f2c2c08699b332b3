import type { Core } from '../engine/core.ts'
import { decodePicture } from '../engine/decode.ts'
import { platformDecode } from '../engine/decode-node.ts'
import { thumbnailSide } from '../engine/decode-size.ts'
import type { LibraryReader } from '../engine/reader.ts'
import { readRecord, readThumbnail } from '../engine/records.ts'
import type { SiteRecord } from '../engine/types.ts'
import type { BundleFolder } from './bundle-folder.ts'
import { bytesOf } from './site-listing.ts'
import type { SitePicture } from './site-pictures.ts'
import { urlOfPath } from './site-urls.ts'

/** JPEG quality. */
const quality = 80

export interface ThumbnailTools {
  core: Core
  work: LibraryReader
  previous: LibraryReader | undefined
  folder: BundleFolder
  /** The site's root, relative to the bundle. */
  base: string
}

/** The address of a picture's thumbnail, relative to the bundle: the site's own small copy, else one that is made; undefined if none can be. */
export async function thumbnailOf(
  { core, work, previous, folder, base }: ThumbnailTools,
  { file, thumbnail }: SitePicture,
  row: number,
  sha256: string,
): Promise<string | undefined> {
  if (thumbnail !== undefined) return base + urlOfPath(thumbnail)
  const known = previous && (await madeBefore(previous, sha256))
  return folder.ensureThumbnail(known, async () => {
    const indexed = await work.read(library => readThumbnail(work, library, row))
    return indexed?.length ? indexed : decodeThumbnail(core, file)
  })
}

/** The address of the thumbnail that the bundle before had made of a picture. */
function madeBefore(previous: LibraryReader, sha256: string): Promise<string | undefined> {
  return previous.read(async library => {
    const row = library.rowOfSha256(sha256)
    const record = row < 0 ? undefined : ((await readRecord(previous, library, row)) as SiteRecord | undefined)
    return /^thumbs\/(own-)?[0-9a-f]{16}\.jpg$/.test(record?.thumbnail ?? '') ? record?.thumbnail : undefined
  })
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
