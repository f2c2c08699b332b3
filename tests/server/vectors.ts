import { random } from '../web/fixtures/random.ts'
import type { RedisClient } from './processes.ts'

/** picfind-mini's. */
export const dim = 256

/** float32[dim] around one of eight centres, not of unit length. */
export function vectorOf(number: number): Float32Array {
  const centre = random(1000 + (number % 8))
  const own = random(number + 1)
  return Float32Array.from({ length: dim }, () => 3 * (centre() - 0.5) + (own() - 0.5))
}

export const blobOf = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
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

export function* range(from: number, to: number): Generator<number> {
  for (let number = from; number < to; number++) yield number
}
