/** Vectors → quick codes (web/quick/codes.ts). */
import { bytesPerRow, type CodeScale, dimensionsPerByte, type Levels, levelValues } from '../quick/codes.ts'
import { rotate } from '../quick/rotation.ts'

/** The level nearest to `value`. */
function nearestLevel(value: number, values: readonly number[]): number {
  let nearest = 0
  for (let i = 1; i < values.length; i++) {
    if (Math.abs(value - values[i]!) < Math.abs(value - values[nearest]!)) nearest = i
  }
  return nearest
}

function measureScale(rows: readonly Float64Array[], dim: number, levels: Levels): CodeScale {
  const mean = new Float64Array(dim)
  const variance = new Float64Array(dim)
  for (const row of rows) for (let i = 0; i < dim; i++) mean[i]! += row[i]! / rows.length
  for (const row of rows) for (let i = 0; i < dim; i++) variance[i]! += (row[i]! - mean[i]!) ** 2 / rows.length
  return { levels, mean: Float32Array.from(mean), deviation: Float32Array.from(variance, Math.sqrt) }
}

/** uint8[rows · bytesPerRow] and how to read them. `vectors`: float32[≥ dim] each; only the first `dim` dimensions are coded. */
export function encodeCodes(
  vectors: readonly Float32Array[],
  dim: number,
  levels: Levels,
): { scale: CodeScale; codes: Uint8Array } {
  const rows = vectors.map(vector => rotate(vector.subarray(0, dim)))
  const scale = measureScale(rows, dim, levels)
  const width = bytesPerRow(scale)
  const perByte = dimensionsPerByte[levels]
  const values = levelValues[levels]
  const codes = new Uint8Array(rows.length * width)
  rows.forEach((row, r) => {
    for (let i = 0; i < dim; i++) {
      const deviation = scale.deviation[i]!
      const level = nearestLevel(deviation === 0 ? 0 : (row[i]! - scale.mean[i]!) / deviation, values)
      codes[r * width + Math.floor(i / perByte)]! += level * levels ** (i % perByte)
    }
  })
  return { scale, codes }
}
