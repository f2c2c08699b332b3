import type { Libheif } from 'libheif-js/libheif-wasm/libheif-bundle.mjs'
import { PicfindError, reasonOf } from './errors.ts'
import { checkSize, type Pixels } from './pixels.ts'

let loading: Promise<Libheif> | undefined

/** HEIC by libheif, loaded with the first such file. It turns the picture as the file says, so no orientation is left. */
export async function decodeHeic(bytes: Uint8Array): Promise<Pixels> {
  loading ??= load()
  const libheif = await loading
  const decoder = new libheif.HeifDecoder()
  const pictures = decoder.decode(bytes)
  try {
    const [picture] = pictures
    if (!picture) throw new PicfindError('corrupt', 'the HEIC file is damaged: it holds no picture')
    const width = picture.get_width()
    const height = picture.get_height()
    checkSize(width, height)
    const data = new Uint8ClampedArray(width * height * 4)
    const shown = await new Promise(resolve => picture.display({ data, width, height }, resolve))
    if (!shown) throw new PicfindError('corrupt', 'the HEIC file is damaged: its picture cannot be decoded')
    return { rgba: new Uint8Array(data.buffer), width, height, orientation: 1 }
  } finally {
    for (const picture of pictures) picture.free()
    if (decoder.decoder) libheif.heif_context_free(decoder.decoder)
  }
}

/** One instance for each thread. */
async function load(): Promise<Libheif> {
  try {
    const { default: createLibheif } = await import('libheif-js/libheif-wasm/libheif-bundle.mjs')
    const libheif = createLibheif()
    await libheif.ready
    return libheif
  } catch (error) {
    loading = undefined
    throw new PicfindError('unsupported', `HEIC needs libheif-js, which could not be loaded: ${reasonOf(error)}`)
  }
}
