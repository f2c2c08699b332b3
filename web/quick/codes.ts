/**
 * Quick codes: a picture's vector, less the mean and rotated, with only a few levels a dimension. Several dimensions share a byte,
 * read as digits of a number, the first dimension its lowest digit: four dimensions of 4 levels, five of 3, eight of 2.
 */
import { rotate } from './rotation.ts'

export type Levels = 2 | 3 | 4

/** The levels that keep most of a normal distribution of deviation 1 (Max, 1960); a value takes the nearest. */
export const levelValues: Record<Levels, readonly number[]> = {
  2: [-0.7979, 0.7979],
  3: [-1.224, 0, 1.224],
  4: [-1.5104, -0.4528, 0.4528, 1.5104],
}

export const dimensionsPerByte: Record<Levels, number> = { 2: 8, 3: 5, 4: 4 }

/** How codes are to be read: mean and deviation of each dimension, float32[dim], after the rotation. */
export interface CodeScale {
  levels: Levels
  mean: Float32Array
  deviation: Float32Array
}

export const bytesPerRow = ({ levels, mean }: CodeScale): number => Math.ceil(mean.length / dimensionsPerByte[levels])

/**
 * What each value of each byte of a code adds to query · picture: float32[bytesPerRow · 256]. `query`: float[≤ dim], further dimensions
 * are zero. The returned `offset` is what all pictures have in common.
 */
function lookUpTables(query: ArrayLike<number>, scale: CodeScale): { tables: Float32Array; offset: number } {
  const { levels, mean, deviation } = scale
  const padded = new Float64Array(mean.length)
  for (let i = 0; i < Math.min(query.length, mean.length); i++) padded[i] = query[i]!
  const rotated = rotate(padded)
  const values = levelValues[levels]
  const perByte = dimensionsPerByte[levels]
  const tables = new Float32Array(bytesPerRow(scale) * 256)
  let offset = 0
  rotated.forEach((value, i) => {
    offset += value * mean[i]!
    const start = Math.floor(i / perByte) * 256
    const digit = levels ** (i % perByte)
    for (let code = 0; code < 256; code++) {
      tables[start + code]! += value * deviation[i]! * values[Math.floor(code / digit) % levels]!
    }
  })
  return { tables, offset }
}

/** query · picture of every row, float32[rows]. `codes`: uint8[rows · bytesPerRow]. */
export function scoreCodes(query: ArrayLike<number>, codes: Uint8Array, scale: CodeScale): Float32Array {
  const { tables, offset } = lookUpTables(query, scale)
  const width = bytesPerRow(scale)
  const scores = new Float32Array(codes.length / width)
  for (let row = 0, at = 0; row < scores.length; row++) {
    let sum = offset
    for (let table = 0; table < tables.length; table += 256) sum += tables[table + codes[at++]!]!
    scores[row] = sum
  }
  return scores
}

/** The k best rows, best first; of equal scores the earlier row. */
export function bestRows(scores: Float32Array, k: number): number[] {
  const best: number[] = []
  for (let row = 0; row < scores.length; row++) {
    if (best.length === k && scores[row]! <= scores[best[k - 1]!]!) continue
    let place = best.length
    while (place > 0 && scores[row]! > scores[best[place - 1]!]!) place--
    best.splice(place, 0, row)
    best.length = Math.min(best.length, k)
  }
  return best
}
