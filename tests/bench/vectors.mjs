/**
 * Vectors like those of a real encoder, in Node and in pages, the same everywhere: clusters around a common mean, with each dimension's
 * variance and the spectrum of the real ones (data/make_vector_statistics.py, which says how like them these are). Vectors that fill
 * space evenly would make quantising look harmless and every approximate index bad.
 */
import { random } from './measure.mjs'

/** name: clip-text (512 dimensions) or picfind-mini (256). */
export async function readStatistics(name) {
  const url = new URL(`./data/${name}.json`, import.meta.url)
  if (url.protocol !== 'file:') return (await fetch(url)).json()
  const { readFile } = await import('node:fs/promises')
  return JSON.parse(await readFile(url, 'utf8'))
}

const tableBits = 16

/** float32[2^16] of standard normal numbers: drawing one is a look-up. */
function normalTable() {
  const next = random(16)
  return Float32Array.from(
    { length: 1 << tableBits },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  )
}

/** uint32 of two numbers, as good as random. */
function mixed(a, b) {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b ^ 0xc2b2ae35, 0x27d4eb2f)
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39)
  return (x ^ (x >>> 15)) >>> 0
}

function xorshift(state) {
  state ^= state << 13
  state ^= state >>> 17
  return state ^ (state << 5)
}

/** The Walsh–Hadamard transform in place, without its factor 1/√n: spreads a few strong dimensions evenly over all. */
function hadamard(values) {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = values[i]
        const b = values[i + half]
        values[i] = a + b
        values[i + half] = a - b
      }
    }
  }
}

export class Vectors {
  #mean
  #deviation
  #scale
  #clusters
  #seed
  #normals = normalTable()

  /** Rows that a library does not hold are of the same clusters and serve as queries. */
  constructor({ mean, deviation, spectrum, clusters }, seed) {
    this.dim = mean.length
    this.#mean = Float32Array.from(mean)
    this.#deviation = Float32Array.from(deviation)
    this.#scale = Float32Array.from(spectrum, (variance, i) => {
      const sign = mixed(seed, ~i) & 2 ? 1 : -1
      return sign * Math.sqrt(variance / spectrum.length)
    })
    this.#clusters = clusters
    this.#seed = seed
  }

  /** Rows first … first + count: unit vectors, float32[count·dim]. */
  rows(first, count, out = new Float32Array(count * this.dim)) {
    const z = new Float32Array(this.dim)
    for (let i = 0; i < count; i++) this.#make(first + i, z, out.subarray(i * this.dim, (i + 1) * this.dim))
    return out
  }

  #make(row, z, out) {
    const random = what => mixed(this.#seed + what, row)
    const { levels, share, radius } = this.#clusters
    const length = Math.max(0.3, 1 + radius * this.#normals[random(1) >>> tableBits])
    const finest = random(2) % levels.at(-1)
    let left = length * length
    z.fill(0)
    for (const count of levels) {
      const cluster = mixed(count, Math.floor((finest * count) / levels.at(-1)))
      const variance = left * share * (mixed(this.#seed + 3, cluster) / 2 ** 32)
      this.#add(z, Math.sqrt(variance), mixed(this.#seed + 4, cluster))
      left -= variance
    }
    this.#add(z, Math.sqrt(left), random(5))
    for (let i = 0; i < z.length; i++) z[i] *= this.#scale[i]
    hadamard(z)
    let squares = 0
    for (let i = 0; i < z.length; i++) {
      out[i] = this.#mean[i] + this.#deviation[i] * z[i]
      squares += out[i] * out[i]
    }
    const scale = 1 / Math.sqrt(squares)
    for (let i = 0; i < z.length; i++) out[i] *= scale
  }

  /** Adds normal numbers of that deviation, always the same for a seed. */
  #add(z, deviation, seed) {
    const normals = this.#normals
    const last = (1 << tableBits) - 1
    // Odd, because xorshift stays at 0.
    let state = seed | 1
    for (let i = 0; i < z.length; i += 2) {
      state = xorshift(state)
      z[i] += deviation * normals[state & last]
      z[i + 1] += deviation * normals[state >>> tableBits]
    }
  }
}
