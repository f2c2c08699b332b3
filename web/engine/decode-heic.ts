import { PicfindError, reasonOf } from './errors.ts'
import { checkSize, type Pixels } from './pixels.ts'

/** HEIC by libheif, loaded with the first such file. It turns the picture as the file says, so no orientation is left. */
export async function decodeHeic(bytes: Uint8Array): Promise<Pixels> {
  const { default: createLibheif } = await import('libheif-js/libheif-wasm/libheif-bundle.mjs').catch(error => {
    throw new PicfindError('unsupported', `HEIC needs libheif-js, which could not be loaded: ${reasonOf(error)}`)
  })
  const libheif = createLibheif()
  await libheif.ready
  const decoder = new libheif.HeifDecoder()
  const [picture] = decoder.decode(bytes)
  if (!picture) throw new PicfindError('corrupt', 'the HEIC file is damaged: it holds no picture')
  try {
    const width = picture.get_width()
    const height = picture.get_height()
    checkSize(width, height)
    const data = new Uint8ClampedArray(width * height * 4)
    const shown = await new Promise(resolve => picture.display({ data, width, height }, resolve))
    if (!shown) throw new PicfindError('corrupt', 'the HEIC file is damaged: its picture cannot be decoded')
    return { rgba: new Uint8Array(data.buffer), width, height, orientation: 1 }
  } finally {
    picture.free()
  }
}
