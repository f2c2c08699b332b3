/**
 * Cameras put a finished JPEG into their RAW files, wherever the format lets them. Whatever the container, a JPEG is found by its
 * markers (ITU-T T.81, Annex B), and the largest one is the preview.
 */

const startOfImage = 0xd8
const endOfImage = 0xd9
const startOfScan = 0xda

interface EmbeddedJpeg {
  /** Bytes from `start` to `end`, end excluded. */
  start: number
  end: number
  pixels: number
}

/** The largest JPEG inside, turned as the container says where it does not say so itself; undefined if there is none. */
export function findPreview(bytes: Uint8Array): Uint8Array | undefined {
  let largest: EmbeddedJpeg | undefined
  for (let at = 0; ; at++) {
    at = bytes.indexOf(0xff, at)
    if (at < 0 || at + 3 >= bytes.length) break
    if (bytes[at + 1] !== startOfImage || bytes[at + 2] !== 0xff) continue
    const jpeg = readJpeg(bytes, at)
    if (jpeg && jpeg.pixels > (largest?.pixels ?? 0)) largest = jpeg
    if (jpeg) at = jpeg.end - 1
  }
  if (!largest) return undefined
  const preview = bytes.slice(largest.start, largest.end)
  const orientation = tiffOrientation(bytes)
  return orientation === 1 || hasExif(preview) ? preview : withOrientation(preview, orientation)
}

/** Walks from marker to marker; undefined if they do not make up a JPEG with a baseline or progressive frame. */
function readJpeg(bytes: Uint8Array, start: number): EmbeddedJpeg | undefined {
  let pixels = 0
  let at = start + 2
  while (at + 3 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1]!
    if (marker === endOfImage) return pixels > 0 ? { start, end: at + 2, pixels } : undefined
    if (marker === 0xff) {
      at++
      continue
    }
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (length < 2) return undefined
    // Lossless frames (C3) are sensor data, not previews.
    if (marker >= 0xc0 && marker <= 0xc2) pixels = framePixels(bytes, at)
    else if (marker === 0xc3) return undefined
    at += 2 + length
    if (marker === startOfScan) at = endOfScan(bytes, at)
  }
  // Some cameras leave the end marker to the next block's padding.
  return undefined
}

function framePixels(bytes: Uint8Array, at: number): number {
  const height = (bytes[at + 5]! << 8) | bytes[at + 6]!
  const width = (bytes[at + 7]! << 8) | bytes[at + 8]!
  return width * height
}

/** The next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]
    if (next !== undefined && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}

function hasExif(jpeg: Uint8Array): boolean {
  // An APP1 segment right behind the start, as Exif wants it, or behind JFIF's APP0.
  const second = jpeg[3] === 0xe0 ? 4 + ((jpeg[4]! << 8) | jpeg[5]!) + 1 : 3
  return jpeg[second] === 0xe1
}

/** Tag 274 of the first directory of a TIFF container, 1 where there is none. */
function tiffOrientation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = bytes[0] === 0x49 && bytes[1] === 0x49
  if (bytes.length < 8 || (!little && !(bytes[0] === 0x4d && bytes[1] === 0x4d))) return 1
  const directory = view.getUint32(4, little)
  if (directory + 2 > bytes.length) return 1
  const entries = view.getUint16(directory, little)
  for (let entry = directory + 2; entry < directory + 2 + 12 * entries && entry + 12 <= bytes.length; entry += 12) {
    if (view.getUint16(entry, little) !== 274) continue
    const value = view.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/** Puts an Exif segment with nothing but the orientation behind the start marker. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  // prettier-ignore
  const exif = [
    0xff,
    0xe1,
    0,
    34,
    0x45,
    0x78,
    0x69,
    0x66,
    0,
    0, // APP1, 34 bytes, "Exif"
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8, // TIFF header, big-endian; directory at 8
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0, // one entry: 274, SHORT, 1 value; no next
  ]
  const result = new Uint8Array(jpeg.length + exif.length)
  result.set(jpeg.subarray(0, 2))
  result.set(exif, 2)
  result.set(jpeg.subarray(2), 2 + exif.length)
  return result
}
