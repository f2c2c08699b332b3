import { PicfindError } from './errors.ts'

/** The vector scaled to length 1; undefined for zero. `maker` is what the message calls its origin if it holds anything but numbers. */
export function unitVector(vector: Float32Array | Float64Array, maker: string): Float32Array | undefined {
  let sum = 0
  for (const value of vector) sum += value * value
  if (!Number.isFinite(sum)) {
    throw new PicfindError('corrupt', `${maker} gave a vector that is not all numbers; its graph or table is damaged`)
  }
  return sum === 0 ? undefined : Float32Array.from(vector, value => value / Math.sqrt(sum))
}

/** Both of unit length; the shorter one goes on with zeros. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < Math.min(a.length, b.length); i++) sum += a[i]! * b[i]!
  return sum
}
