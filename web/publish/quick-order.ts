/**
 * An order of rows in which those that look alike are near each other, so that the hits of a query share packs of records: rows are halved
 * along the direction in which they differ most, and the halves again.
 */

/** Rows that are not worth dividing. */
const enough = 16
/** Steps of the power method: the direction need not be exact. */
const steps = 4

function meanOf(vectors: readonly Float32Array[], rows: number[], dim: number): Float64Array {
  const mean = new Float64Array(dim)
  for (const row of rows) for (let i = 0; i < dim; i++) mean[i]! += vectors[row]![i]! / rows.length
  return mean
}

/** How far each row is along the rows' first principal direction. */
function projections(vectors: readonly Float32Array[], rows: number[], dim: number): Map<number, number> {
  const mean = meanOf(vectors, rows, dim)
  // The first two rows' difference, or any direction where they are equal.
  let direction = Float64Array.from(mean, (_, i) => vectors[rows[0]!]![i]! - vectors[rows[1]!]![i]! + 1e-3 / (i + 1))
  const along = (row: number): number => {
    let sum = 0
    for (let i = 0; i < dim; i++) sum += (vectors[row]![i]! - mean[i]!) * direction[i]!
    return sum
  }
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(dim)
    for (const row of rows) {
      const weight = along(row)
      for (let i = 0; i < dim; i++) next[i]! += weight * (vectors[row]![i]! - mean[i]!)
    }
    const length = Math.sqrt(next.reduce((sum, value) => sum + value * value, 0))
    if (length === 0) break
    direction = next.map(value => value / length)
  }
  return new Map(rows.map(row => [row, along(row)]))
}

/** Every row once; of the vectors the first `dim` dimensions count. */
export function orderByLikeness(vectors: readonly Float32Array[], dim: number): number[] {
  function order(rows: number[]): number[] {
    if (rows.length <= enough) return rows
    const along = projections(vectors, rows, dim)
    const sorted = [...rows].sort((a, b) => along.get(a)! - along.get(b)! || a - b)
    const half = sorted.length >> 1
    const inOrder = (part: number[]): number[] => part.sort((a, b) => a - b)
    return [...order(inOrder(sorted.slice(0, half))), ...order(inOrder(sorted.slice(half)))]
  }
  return order([...vectors.keys()])
}
