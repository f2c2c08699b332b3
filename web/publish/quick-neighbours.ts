/**
 * The nearest rows of every row. Rows of equal vectors are neighbours of all others alike, so vectors are compared, each once, in an
 * order that follows from nothing but the vectors: what is known of them stays true when rows come, go or are renamed.
 */
import type { Core } from '../engine/core.ts'
import { mostScore, rowBits } from '../quick/records.ts'

const neighbourCount = 24
/** Another number where the same vectors would have other neighbours than before. */
export const neighbourRule = 1

/** In the core's lists: here they end. */
const noRow = 0xffffffff

/** The neighbours of an earlier bundle. */
export interface FormerNeighbours {
  /** Of each of its rows the key of its vector; undefined where that is lost. */
  keys: (string | undefined)[]
  /** Rows nearest to a row, nearest first. */
  of(row: number): Iterable<number>
}

/** Equal vectors have the same key and are nothing but equal. */
export function vectorKey(vector: Float32Array, core: Pick<Core, 'sha256'>): string {
  return core.sha256(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
}

/** Vectors without repetition in the order of their keys, and the rows of each. */
class DistinctVectors {
  readonly keys: string[]
  /** Rows by the number of their vector. */
  readonly rows: number[][]
  readonly #numbers: Map<string, number>

  constructor(vectors: readonly Float32Array[], core: Pick<Core, 'sha256'>) {
    const rowsOf = new Map<string, number[]>()
    for (const [row, vector] of vectors.entries()) {
      const key = vectorKey(vector, core)
      const others = rowsOf.get(key)
      if (others) others.push(row)
      else rowsOf.set(key, [row])
    }
    this.keys = [...rowsOf.keys()].sort()
    this.rows = this.keys.map(key => rowsOf.get(key)!)
    this.#numbers = new Map(this.keys.map((key, i) => [key, i]))
  }

  numberOf(key: string | undefined): number | undefined {
    return key === undefined ? undefined : this.#numbers.get(key)
  }
}

/**
 * For every row at most 24 others with their cosines (web/quick/records.ts), nearest first: copies of itself, then by dot product,
 * exactly. `vectors`: float32[dim] each, unit length. With `former` only what is new since then is compared with all; the answer is
 * the same.
 */
export function nearestNeighbours(
  vectors: readonly Float32Array[],
  dim: number,
  core: Pick<Core, 'nearestRows' | 'sha256'>,
  former?: FormerNeighbours,
): Uint32Array[] {
  const distinct = new DistinctVectors(vectors, core)
  const all = new Float32Array(distinct.keys.length * dim)
  distinct.rows.forEach(([row], i) => {
    all.set(vectors[row!]!, i * dim)
  })
  const { lists, added } = former ? known(former, distinct, vectors.length) : nothing
  const nearest = core.nearestRows(all, dim, neighbourCount, lists, added)
  const width = Math.max(0, Math.min(neighbourCount, distinct.keys.length - 1))
  const neighbours: Uint32Array[] = new Array(vectors.length)
  for (const [number, rows] of distinct.rows.entries()) {
    const others = nearest.subarray(number * width, (number + 1) * width)
    for (const row of rows) neighbours[row] = scored(row, rowsOf(row, rows, others, distinct), vectors)
  }
  return neighbours
}

const nothing = { lists: new Uint32Array(), added: new Uint32Array() }

/** The former lists in numbers of today's vectors, as far as they go; empty where they do not go far enough. */
function known(former: FormerNeighbours, distinct: DistinctVectors, rows: number): typeof nothing {
  const lists = new Uint32Array(distinct.keys.length * neighbourCount).fill(noRow)
  const isAdded = new Uint8Array(distinct.keys.length).fill(1)
  for (const [row, key] of former.keys.entries()) {
    const number = distinct.numberOf(key)
    // Of equal vectors the first row's list serves.
    if (number === undefined || isAdded[number] === 0) continue
    isAdded[number] = 0
    const copies = distinct.rows[number]!.length
    const found = new Set<number>()
    let reached = 0
    for (const other of former.of(row)) {
      const near = distinct.numberOf(former.keys[other])
      if (near === undefined || near === number || found.has(near)) continue
      found.add(near)
      reached += distinct.rows[near]!.length
    }
    if (reached >= Math.min(neighbourCount, rows - copies)) lists.set([...found], number * neighbourCount)
  }
  const numbers = Array.from(isAdded.keys())
  return { lists, added: Uint32Array.from(numbers.filter(number => isAdded[number] === 1)) }
}

function rowsOf(row: number, copies: number[], others: Uint32Array, { rows }: DistinctVectors): number[] {
  const found = copies.filter(copy => copy !== row).slice(0, neighbourCount)
  for (const number of others) {
    if (number === noRow || found.length >= neighbourCount) break
    found.push(...rows[number]!.slice(0, neighbourCount - found.length))
  }
  return found
}

function scored(row: number, others: number[], vectors: readonly Float32Array[]): Uint32Array {
  return Uint32Array.from(others, other => other + scoreByte(vectors[row]!, vectors[other]!) * 2 ** rowBits)
}

function scoreByte(a: Float32Array, b: Float32Array): number {
  let score = 0
  for (let i = 0; i < a.length; i++) score += a[i]! * b[i]!
  return Math.max(0, Math.min(mostScore, Math.round(score * mostScore)))
}
