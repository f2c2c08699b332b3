/** SHA-256 (FIPS 180-4) where there is no `crypto.subtle`, which pages have only in secure contexts: https and localhost. */

/** The first 32 bits of the fractional parts of the cube roots, or square roots, of the first primes; whole numbers only, exactly. */
function fractions(count: number, power: 2 | 3): Uint32Array {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every(prime => n % prime !== 0)) primes.push(n)
  return Uint32Array.from(primes, prime => {
    const target = BigInt(prime) << BigInt(32 * power)
    let root = 0n
    for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) if ((root + bit) ** BigInt(power) <= target) root += bit
    return Number(root & 0xffffffffn)
  })
}

let constants: { round: Uint32Array; start: Uint32Array } | undefined

const rotated = (value: number, by: number): number => (value >>> by) | (value << (32 - by))

function addBlock(state: Uint32Array, block: DataView, at: number, round: Uint32Array): void {
  const words = new Uint32Array(64)
  for (let i = 0; i < 16; i++) words[i] = block.getUint32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const [a, b] = [words[i - 15]!, words[i - 2]!]
    const small = rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3)
    const large = rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10)
    words[i] = words[i - 16]! + small + words[i - 7]! + large
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const first = (h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + choice + round[i]! + words[i]!) | 0
    const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i]! += value
  })
}

function digest(bytes: Uint8Array): Uint8Array {
  constants ??= { round: fractions(64, 3), start: fractions(8, 2) }
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  padded.set(bytes)
  padded[bytes.length] = 128
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor((bytes.length * 8) / 2 ** 32))
  view.setUint32(padded.length - 4, bytes.length * 8)
  const state = Uint32Array.from(constants.start)
  for (let at = 0; at < padded.length; at += 64) addBlock(state, view, at, constants.round)
  const result = new Uint8Array(32)
  state.forEach((value, i) => {
    new DataView(result.buffer).setUint32(4 * i, value)
  })
  return result
}

/** Lower-case hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
    : digest(bytes)
  return Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('')
}
