import { PicfindError } from './errors.ts'

/** What something other than the core has decoded: uint8[width·height·4], straight alpha, rows from the top. */
export interface Pixels {
  rgba: Uint8Array
  width: number
  height: number
  /** Exif orientation 1–8 still to be applied. */
  orientation: number
}

/** Decodes WebP or AVIF. Throws `corrupt`, `unsupported`, `too-large`. */
export type PlatformDecode = (bytes: Uint8Array, type: string) => Promise<Omit<Pixels, 'orientation'>>

/** As many as the core takes. */
const mostPixels = 2 ** 27

/** Throws before anything is allocated for a picture that is too large. */
export function checkSize(width: number, height: number): void {
  if (width < 1 || height < 1) throw new PicfindError('corrupt', `it claims to be ${width} × ${height} pixels`)
  if (width * height > mostPixels) {
    const limit = `${mostPixels / 2 ** 20} million`
    throw new PicfindError('too-large', `it has ${width} × ${height} pixels; at most ${limit} can be read`)
  }
}
