import { random } from '../web/fixtures/random.ts'
import type { RedisClient } from './processes.ts'

/** picfind-mini's. */
export const dim = 256

/** float32[length] around one of eight centres, not of unit length. */
export function vectorOf(number: number, length = dim): Float32Array {
  const centre = random(1000 + (number % 8))
  const own = random(number + 1)
  return Float32Array.from({ length }, () => 3 * (centre() - 0.5) + (own() - 0.5))
}

export const blobOf = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)

/** float16[dim]: what is below 2^-14 becomes 0, the rest is rounded, ties away from 0. */
export function halvesOf(vector: Float32Array): Buffer {
  const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length)
  const halves = Uint16Array.from(bits, x => {
    const sign = (x >>> 16) & 0x8000
    const magnitude = ((x & 0x7fffffff) + 0x1000) >>> 13
    return magnitude < 0x1c400 ? sign : sign | (magnitude - 0x1c000)
  })
  return Buffer.from(halves.buffer)
}

export const nameOf = (number: number): string => `${String(number).padStart(5, '0')}.jpg`

export async function addPictures(client: RedisClient, numbers: Iterable<number>): Promise<void> {
  const pipeline = client.multi()
  for (const number of numbers) {
    pipeline.hSet(`img:${nameOf(number)}`, {
      vector: blobOf(vectorOf(number)),
      title: `picture ${number}`,
      owner: 'Ann',
    })
  }
  await pipeline.execAsPipeline()
}

/** Elements of vector sets, each with attributes: 1980 to 1989 by its last digit. `form`: as VADD names it. */
export async function addElements(
  client: RedisClient,
  form: string,
  keyOf: (number: number) => string,
  numbers: Iterable<number>,
): Promise<void> {
  const pipeline = client.multi()
  for (const number of numbers) {
    const attributes = JSON.stringify({ title: `picture ${number}`, year: 1980 + (number % 10) })
    const vector = ['FP32', blobOf(vectorOf(number)), nameOf(number)]
    pipeline.addCommand(['VADD', keyOf(number), ...vector, form, 'SETATTR', attributes])
  }
  await pipeline.execAsPipeline()
}

export function* range(from: number, to: number): Generator<number> {
  for (let number = from; number < to; number++) yield number
}
