import { PicfindError, reasonOf } from './errors.ts'
import { checkSize, type PlatformDecode } from './pixels.ts'

type ReadBack = (bitmap: ImageBitmap) => Promise<Uint8Array>

/** WebP and AVIF by the browser: pixels as stored, neither turned nor converted nor premultiplied. */
export const platformDecode: PlatformDecode = async (bytes, type) => {
  const readBack = await trustedReadBack()
  const file = new Blob([bytes as Uint8Array<ArrayBuffer>], { type })
  const bitmap = await createImageBitmap(file, {
    imageOrientation: 'none',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  }).catch(error => {
    throw new PicfindError('corrupt', `this browser cannot read the ${type}: ${reasonOf(error)}`)
  })
  try {
    const { width, height } = bitmap
    checkSize(width, height)
    return { rgba: await readBack(bitmap), width, height }
  } finally {
    bitmap.close()
  }
}

let trusted: Promise<ReadBack> | undefined

/** The way of reading pixels back that gives a known picture unchanged: privacy settings of some browsers add noise. */
function trustedReadBack(): Promise<ReadBack> {
  trusted ??= findTrustedReadBack()
  return trusted
}

async function findTrustedReadBack(): Promise<ReadBack> {
  for (const readBack of [byVideoFrame, byCanvas]) if (await givesBackUnchanged(readBack)) return readBack
  const advice = 'allow this site to read canvas data, or convert the picture to JPEG or PNG'
  throw new PicfindError('unsupported', `this browser changes pixels when they are read back, for privacy; ${advice}`)
}

async function givesBackUnchanged(readBack: ReadBack): Promise<boolean> {
  const side = 16
  const known = new Uint8ClampedArray(side * side * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * 73) % 256))
  try {
    const bitmap = await createImageBitmap(new ImageData(known, side, side))
    const found = await readBack(bitmap)
    bitmap.close()
    return found.length === known.length && found.every((byte, i) => byte === known[i])
  } catch {
    return false
  }
}

async function byVideoFrame(bitmap: ImageBitmap): Promise<Uint8Array> {
  const frame = new VideoFrame(bitmap, { timestamp: 0 })
  try {
    const layout = { format: 'RGBA', colorSpace: 'srgb' } as const
    const rgba = new Uint8Array(frame.allocationSize(layout))
    await frame.copyTo(rgba, layout)
    return rgba
  } finally {
    frame.close()
  }
}

async function byCanvas(bitmap: ImageBitmap): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new PicfindError('unsupported', 'this browser gives no canvas to read pixels from')
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
  return new Uint8Array(data.buffer)
}
