import type { LeastSize, Preprocess } from './core.ts'
import type { Decoding } from './options.ts'

/** Longer side of a thumbnail, pixels. */
export const thumbnailSide = 320

/** How many decoded pixels there are at least for one of the model's, along each side. */
const oversampling = { fine: 4, fast: 2 }

/** What a JPEG may be made smaller to while it is decoded; null: nothing but its own size will do. */
export function leastSize({ fit, size }: Preprocess, decoding: Decoding): LeastSize | null {
  if (decoding === 'exact') return null
  const side = oversampling[decoding] * size
  // A letterbox brings the longer side to the model's size, the other fits the shorter one.
  return fit === 'letterbox'
    ? { shortSide: 1, longSide: Math.max(side, thumbnailSide) }
    : { shortSide: side, longSide: thumbnailSide }
}
