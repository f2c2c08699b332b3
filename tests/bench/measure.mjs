/** Runs in Node and in pages. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Median milliseconds of `runs` calls, after some that let the engine compile what is hot. */
export async function medianTime(action, { runs, warmUp = 3 }) {
  const times = []
  for (let run = -warmUp; run < runs; run++) {
    const start = performance.now()
    await action(run)
    if (run >= 0) times.push(performance.now() - start)
  }
  return median(times)
}

/** Numbers in [0, 1), the same for the same seed everywhere (mulberry32, public domain). */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function normal(next) {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

function unit(vector) {
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, value => value / length)
}

/**
 * Unit vectors float32[dim] as encoders give them: clusters around a common mean, most of the variance in few dimensions. Vectors
 * that fill space evenly would make quantising look harmless and every approximate index bad.
 */
export function clusteredVectors(count, dim, seed) {
  const next = random(seed)
  const spread = Float64Array.from({ length: dim }, (_, i) => (1 + i) ** -0.5)
  const point = scale => spread.map(deviation => normal(next) * deviation * scale)
  const mean = point(1)
  const centres = Array.from({ length: 100 }, () => point(1))
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(next() * centres.length)]
    const own = point(0.6)
    return unit(mean.map((value, i) => value + centre[i] + own[i]))
  })
}
