/**
 * A token table is a text tower without a network: one row per token, a text is the unit sum of its tokens' rows.
 * Its file, little-endian: int8[tokens · width] row after row, then float32[tokens], the scale of each row.
 */
import { PicfindError } from './errors.ts'

export class TokenTable {
  readonly tokens: number
  readonly #rows: Int8Array
  readonly #scales: DataView
  readonly #width: number

  /** `name` is what messages call the file. */
  constructor(bytes: Uint8Array, width: number, name: string) {
    const rowBytes = width + Float32Array.BYTES_PER_ELEMENT
    if (bytes.length === 0 || bytes.length % rowBytes !== 0) {
      throw new PicfindError(
        'corrupt',
        `${name} is not a token table of width ${width}: expected a multiple of ${rowBytes} bytes, found ${bytes.length}`,
      )
    }
    this.tokens = bytes.length / rowBytes
    this.#width = width
    this.#rows = new Int8Array(bytes.buffer, bytes.byteOffset, this.tokens * width)
    this.#scales = new DataView(bytes.buffer, bytes.byteOffset + this.tokens * width)
  }

  /** The sum of the tokens' rows, float64[width], of any length; zero where no token has a row. */
  sum(ids: number[]): Float64Array {
    const sum = new Float64Array(this.#width)
    for (const id of ids) {
      if (id >= this.tokens) continue
      const scale = this.#scales.getFloat32(id * Float32Array.BYTES_PER_ELEMENT, true)
      const start = id * this.#width
      for (let i = 0; i < this.#width; i++) sum[i]! += this.#rows[start + i]! * scale
    }
    return sum
  }
}
