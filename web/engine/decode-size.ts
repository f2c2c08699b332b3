import type { LeastSize, Preprocess } from './core.ts'
import type { Decoding } from './options.ts'

/** Longer side of a thumbnail, pixels. */
export const thumbnailSide = 320

/** How many of the model's squares fit along the shorter side of what is decoded, at least. */
const oversampling = { fine: 4, fast: 2 }

/** What a JPEG may be made smaller to while it is decoded; null: nothing but its own size will do. */
export function leastSize({ size }: Preprocess, decoding: Decoding): LeastSize | null {
  return decoding === 'exact' ? null : { shortSide: oversampling[decoding] * size, longSide: thumbnailSide }
}
