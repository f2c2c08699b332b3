import { PicfindError, reasonOf } from './errors.ts'
import { checkSize, type PlatformDecode } from './pixels.ts'

/** WebP and AVIF by sharp, which is optional: raw pixels, neither turned nor converted. */
export const platformDecode: PlatformDecode = async (bytes, type) => {
  const { default: sharp } = await import('sharp').catch(error => {
    throw new PicfindError('unsupported', `reading ${type} in Node needs the package sharp: npm install sharp`, {
      cause: error,
    })
  })
  try {
    const picture = sharp(bytes, { limitInputPixels: false, ignoreIcc: true, failOn: 'truncated' })
    const { width, height } = await picture.metadata()
    checkSize(width, height)
    const { data, info } = await picture.ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    return { rgba: data, width: info.width, height: info.height }
  } catch (error) {
    if (error instanceof PicfindError) throw error
    throw new PicfindError('corrupt', `the ${type} is damaged: ${reasonOf(error)}`)
  }
}
