/** The other side of web/quick/row-coder.ts. */
import { chanceBits, chanceCount, classStart, evenChance, magnitudeBits } from '../quick/row-coder.ts'

/** Calls `visit` with the place of the chance and the bit, for each bit of a value's magnitude. */
function visitBits(value: number, start: number, visit: (place: number, bit: number) => void): void {
  let node = 1
  for (let shift = magnitudeBits - 1; shift >= 0; shift--) {
    const bit = (Math.abs(value) >> shift) & 1
    visit(start + node, bit)
    node = 2 * node + bit
  }
}

/** How often bits are 1 in such rows, int8[n · dim] each. */
export function measureChances(rows: Iterable<Int8Array>, dim: number): number[] {
  const ones = new Float64Array(chanceCount)
  const all = new Float64Array(chanceCount)
  for (const row of rows) {
    row.forEach((value, i) => {
      visitBits(value, classStart(i % dim, dim), (place, bit) => {
        ones[place]! += bit
        all[place]!++
      })
    })
  }
  const most = (1 << chanceBits) - 1
  return Array.from(all, (count, place) => {
    if (count === 0) return evenChance
    return Math.max(1, Math.min(most, Math.round(((ones[place]! + 0.5) / (count + 1)) * (most + 1))))
  })
}

/** `values`: int8[n · dim]. */
export function encodeRows(values: Int8Array, dim: number, chances: readonly number[]): Uint8Array {
  const bytes: number[] = []
  let low = 0
  let high = 0xffffffff

  function code(bit: number, chance: number): void {
    const middle = low + ((high - low) >>> chanceBits) * chance
    if (bit) high = middle
    else low = middle + 1
    while ((low ^ high) >>> 24 === 0) {
      bytes.push(high >>> 24)
      low = (low << 8) >>> 0
      high = ((high << 8) | 255) >>> 0
    }
  }

  values.forEach((value, i) => {
    visitBits(value, classStart(i % dim, dim), (place, bit) => {
      code(bit, chances[place]!)
    })
    if (value !== 0) code(value < 0 ? 1 : 0, evenChance)
  })
  bytes.push(...[24, 16, 8, 0].map(shift => (high >>> shift) & 255))
  return Uint8Array.from(bytes)
}
