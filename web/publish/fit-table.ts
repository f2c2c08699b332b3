/** Fits a token table (engine/token-table.ts) to the vectors that a text tower gives for many short texts. */

/** What keeps rows of rare tokens small. */
const ridge = 0.3
/** Of conjugate gradients: further ones change no cosine in its third digit. */
const steps = 60
/** Of the subspace iteration, and vectors that it looks at: the directions need not be exact. */
const turns = 20
const mostMeasured = 8192

/** Directions float32[count · dim], orthonormal, row after row. */
export interface Basis {
  count: number
  dim: number
  directions: Float32Array
}

/** The directions that hold most of the squared length of `vectors`, float32[dim] each. */
export function principalBasis(vectors: readonly Float32Array[], dim: number, count: number): Basis {
  const moments = secondMoments(vectors, dim)
  let directions = Float64Array.from({ length: count * dim }, (_, i) => Math.sin((i + 1) ** 2))
  orthonormalise(directions, count, dim)
  for (let turn = 0; turn < turns; turn++) {
    directions = times(directions, moments, count, dim)
    orthonormalise(directions, count, dim)
  }
  return { count, dim, directions: Float32Array.from(directions) }
}

/** float32[count] of float32[dim]. */
export function project({ count, dim, directions }: Basis, vector: Float32Array): Float32Array {
  const result = new Float32Array(count)
  for (let d = 0; d < count; d++) {
    let sum = 0
    for (let i = 0; i < dim; i++) sum += directions[d * dim + i]! * vector[i]!
    result[d] = sum
  }
  return result
}

/**
 * The rows, float64[tokens · dim], for which Σ |Σ rows of a text / √tokens of it − its target|² + ridge · |rows|² is least. `texts`: token
 * ids of each; `targets`: float32[dim] of each.
 */
export function fitRows(
  texts: readonly number[][],
  targets: readonly Float32Array[],
  tokens: number,
  dim: number,
): Float64Array {
  const wanted = new Float64Array(texts.length * dim)
  for (const [t, target] of targets.entries()) wanted.set(target, t * dim)
  const rows = new Float64Array(tokens * dim)
  const residual = spread(texts, wanted, tokens, dim)
  const direction = residual.slice()
  let squares = squaresOf(residual, dim)
  for (let step = 0; step < steps; step++) {
    const moved = spread(texts, gather(texts, direction, dim), tokens, dim)
    for (let i = 0; i < moved.length; i++) moved[i]! += ridge * direction[i]!
    const curvature = new Float64Array(dim)
    for (let i = 0; i < moved.length; i++) curvature[i % dim]! += direction[i]! * moved[i]!
    const alpha = squares.map((square, d) => square / Math.max(curvature[d]!, Number.MIN_VALUE))
    for (let i = 0; i < rows.length; i++) {
      rows[i]! += alpha[i % dim]! * direction[i]!
      residual[i]! -= alpha[i % dim]! * moved[i]!
    }
    const next = squaresOf(residual, dim)
    for (let i = 0; i < rows.length; i++) {
      direction[i] = residual[i]! + (next[i % dim]! / Math.max(squares[i % dim]!, Number.MIN_VALUE)) * direction[i]!
    }
    squares = next
  }
  return rows
}

/** The file of a table: int8[tokens · dim], then float32[tokens], little-endian. */
export function tableFile(rows: Float64Array, dim: number): Uint8Array {
  const tokens = rows.length / dim
  const file = new Uint8Array(tokens * (dim + Float32Array.BYTES_PER_ELEMENT))
  const values = new Int8Array(file.buffer, 0, rows.length)
  const scales = new DataView(file.buffer, rows.length)
  for (let token = 0; token < tokens; token++) {
    const row = rows.subarray(token * dim, (token + 1) * dim)
    const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127
    scales.setFloat32(token * Float32Array.BYTES_PER_ELEMENT, scale, true)
    if (scale > 0)
      values.set(
        row.map(value => Math.round(value / scale)),
        token * dim,
      )
  }
  return file
}

/** float64[texts · dim]: Σ rows of a text / √tokens of it. */
function gather(texts: readonly number[][], rows: Float64Array, dim: number): Float64Array {
  const sums = new Float64Array(texts.length * dim)
  texts.forEach((ids, t) => {
    const weight = 1 / Math.sqrt(ids.length)
    for (const id of ids) for (let d = 0; d < dim; d++) sums[t * dim + d]! += weight * rows[id * dim + d]!
  })
  return sums
}

/** The transposed of `gather`: float64[tokens · dim]. */
function spread(texts: readonly number[][], sums: Float64Array, tokens: number, dim: number): Float64Array {
  const rows = new Float64Array(tokens * dim)
  texts.forEach((ids, t) => {
    const weight = 1 / Math.sqrt(ids.length)
    for (const id of ids) for (let d = 0; d < dim; d++) rows[id * dim + d]! += weight * sums[t * dim + d]!
  })
  return rows
}

function squaresOf(values: Float64Array, dim: number): Float64Array {
  const squares = new Float64Array(dim)
  for (let i = 0; i < values.length; i++) squares[i % dim]! += values[i]! ** 2
  return squares
}

/** Σ v·vᵀ, float64[dim · dim], of vectors taken evenly. */
function secondMoments(vectors: readonly Float32Array[], dim: number): Float64Array {
  const moments = new Float64Array(dim * dim)
  const stride = Math.max(1, Math.floor(vectors.length / mostMeasured))
  for (let v = 0; v < vectors.length; v += stride) {
    const vector = vectors[v]!
    for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) moments[i * dim + j]! += vector[i]! * vector[j]!
  }
  return moments
}

/** Each of `count` directions times a symmetric matrix. */
function times(directions: Float64Array, matrix: Float64Array, count: number, dim: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(count * dim)
  for (let d = 0; d < count; d++) {
    for (let i = 0; i < dim; i++) {
      const factor = directions[d * dim + i]!
      for (let j = 0; j < dim; j++) result[d * dim + j]! += factor * matrix[i * dim + j]!
    }
  }
  return result
}

/** Gram and Schmidt's way, twice over, for the first time leaves rounding behind. What is left of a direction without length is 0. */
function orthonormalise(directions: Float64Array, count: number, dim: number): void {
  const row = (d: number) => directions.subarray(d * dim, (d + 1) * dim)
  for (let d = 0; d < count; d++) {
    const own = row(d)
    for (let other = 0; other < 2 * d; other++) {
      const known = row(other % d)
      const along = own.reduce((sum, value, i) => sum + value * known[i]!, 0)
      for (let i = 0; i < dim; i++) own[i]! -= along * known[i]!
    }
    const length = Math.hypot(...own)
    for (let i = 0; i < dim; i++) own[i] = length > 1e-12 ? own[i]! / length : 0
  }
}
