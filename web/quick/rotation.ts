/**
 * The fixed rotation that vectors are turned by before they become codes: it spreads the few strong dimensions over all, so that
 * equally coarse codes serve every dimension. Random signs and a Walsh–Hadamard transform, three times over, which needs no more than
 * n·log n additions; no sine or logarithm is in it, so every runtime has the same numbers.
 */

const rounds = 3

/** The transform in place on values[start … start + length), length a power of two; keeps lengths. */
function hadamard(values: Float64Array, start: number, length: number): void {
  for (let half = 1; half < length; half *= 2) {
    for (let block = start; block < start + length; block += 2 * half) {
      for (let i = block; i < block + half; i++) {
        const a = values[i]!
        const b = values[i + half]!
        values[i] = a + b
        values[i + half] = a - b
      }
    }
  }
  const scale = 1 / Math.sqrt(length)
  for (let i = start; i < start + length; i++) values[i]! *= scale
}

/** float64[n], of the same length and with the same angles to others as before; n of any size. */
export function rotate(vector: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(vector)
  const length = 2 ** Math.floor(Math.log2(values.length))
  // Xorshift32 (Marsaglia, 2003).
  let state = 0x9e3779b9
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < values.length; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      if (state < 0) values[i] = -values[i]!
    }
    hadamard(values, 0, length)
    if (length < values.length) hadamard(values, values.length - length, length)
  }
  return values
}
