import type { Core, CorePicture, LeastSize } from './core.ts'
import { isCoreError } from './core-loader.ts'
import { decodeHeic } from './decode-heic.ts'
import { decodeTiff } from './decode-tiff.ts'
import { PicfindError } from './errors.ts'
import type { Pixels, PlatformDecode } from './pixels.ts'
import { findPreview } from './raw-preview.ts'
import { extensionOf, isRaw } from './source.ts'

/** More than any signature needs. */
const headBytes = 4096

/**
 * Decodes whatever Picfind reads: what the core knows by the core, WebP and AVIF by the platform, HEIC, TIFF and RAW by what is loaded
 * for them. `name` tells RAW files, many of which look like TIFF inside. JPEG is made as small as `least` allows. The caller deletes the
 * picture. Throws `unsupported`, `corrupt`, `too-large`.
 */
export async function decodePicture(
  core: Core,
  bytes: Uint8Array,
  name: string,
  least: LeastSize | null,
  platformDecode: PlatformDecode,
): Promise<CorePicture> {
  const type = core.sniff(bytes.subarray(0, headBytes))
  if (isRaw(name) && type !== 'image/jpeg') return decodeRaw(core, bytes, least)
  switch (type) {
    case 'image/webp':
    case 'image/avif': {
      const pixels = await platformDecode(bytes, type)
      return fromPixels(core, { ...pixels, orientation: core.orientation(bytes) }, type)
    }
    case 'image/heic':
    case 'image/heif':
      return fromPixels(core, await decodeHeic(bytes), type)
    case 'image/tiff':
      return fromPixels(core, await decodeTiff(bytes), type)
    default:
      return expectPicture(core.decode(bytes, least))
  }
}

/** MIME type of a file; of RAW files, whose pictures are decoded from the JPEG inside, the container's. */
export function fileType(core: Core, bytes: Uint8Array, name: string): string {
  const type = core.sniff(bytes.subarray(0, headBytes))
  return isRaw(name) && (type === '' || type === 'image/tiff') ? `image/x-${extensionOf(name)}` : type
}

function decodeRaw(core: Core, bytes: Uint8Array, least: LeastSize | null): CorePicture {
  const preview = findPreview(bytes)
  if (!preview) throw new PicfindError('unsupported', 'the RAW file has no JPEG preview inside; export it as JPEG')
  return expectPicture(core.decode(preview, least))
}

function fromPixels(core: Core, { rgba, width, height, orientation }: Pixels, type: string): CorePicture {
  return expectPicture(core.pictureFromPixels(rgba, width, height, orientation, type))
}

function expectPicture(result: ReturnType<Core['decode']>): CorePicture {
  if (isCoreError(result)) throw new PicfindError(result.error.code, result.error.message)
  return result
}
