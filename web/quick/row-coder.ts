/**
 * Rows of token tables are stored arithmetic-coded (Rissanen and Langdon, 1979), which takes an eighth less than deflating them. A value is
 * seven bits of magnitude, highest first, and a sign. The chance of each bit, given those before it, is fixed for a table and in
 * its description, in 4096ths; dimensions are in a few classes with chances of their own, for later ones vary less.
 */

export const magnitudeBits = 7
export const chanceBits = 12
const classes = 4
/** Chances of a class, by the bits so far with a leading 1. */
const nodes = 1 << magnitudeBits
export const chanceCount = classes * nodes
export const evenChance = 1 << (chanceBits - 1)

/** Where the chances of a dimension's class begin. */
export const classStart = (dimension: number, dim: number): number => Math.floor((dimension * classes) / dim) * nodes

/** int8[count · dim]. `chances`: that a bit is 1, `chanceCount` numbers. Bytes beyond the end are read as zero. */
export function decodeRows(bytes: Uint8Array, count: number, dim: number, chances: readonly number[]): Int8Array {
  const values = new Int8Array(count * dim)
  let at = 0
  let low = 0
  let high = 0xffffffff
  let code = 0
  const next = (): number => ((code << 8) | (bytes[at++] ?? 0)) >>> 0
  for (let i = 0; i < 4; i++) code = next()

  function bit(chance: number): number {
    const middle = low + ((high - low) >>> chanceBits) * chance
    const one = code <= middle
    if (one) high = middle
    else low = middle + 1
    while ((low ^ high) >>> 24 === 0) {
      low = (low << 8) >>> 0
      high = ((high << 8) | 255) >>> 0
      code = next()
    }
    return one ? 1 : 0
  }

  for (let i = 0; i < values.length; i++) {
    const start = classStart(i % dim, dim)
    let node = 1
    while (node < nodes) node = 2 * node + bit(chances[start + node]!)
    const magnitude = node - nodes
    values[i] = magnitude > 0 && bit(evenChance) ? -magnitude : magnitude
  }
  return values
}
