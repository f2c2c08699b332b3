/** Runs in Node and in pages: from the bytes of a JPEG to the pixels a model gets, in one thread. */
import { core } from './core.mjs'
import { must } from './synthetic-library.mjs'

/** What the engine's `fine` decoding asks for; null decodes the whole picture. */
export const fine = { shortSide: 4 * 224, longSide: 320 }

export async function tensorByCore(bytes, preprocess, least) {
  const picture = must((await core()).decode(bytes, least))
  const tensor = picture.tensor(preprocess)
  picture.delete()
  return tensor
}

/** The quickest way a page has: decoded and made smaller by the browser, in whatever quality it gives. */
export async function pixelsByBrowser(blob, size) {
  const bitmap = await createImageBitmap(blob, { resizeWidth: size, resizeHeight: size, resizeQuality: 'high' })
  const canvas = new OffscreenCanvas(size, size)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return context.getImageData(0, 0, size, size).data
}
