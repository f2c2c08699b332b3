import type { ManifestStart } from './core.ts'
import type { OpenedEncoder } from './workers/protocol.ts'

/** Pictures of a first commit from which a mean can be measured. */
const fewestForMean = 32

/** What a new library of a model starts from; `vectors` are the first that will be in it. */
export function firstManifest({ space, dim, mean }: OpenedEncoder, vectors: Float32Array[]): ManifestStart {
  return { epoch: randomEpoch(), space, dim, mean: mean ?? meanOf(vectors, dim), full: true }
}

/** 128 random bits in hex. */
export function randomEpoch(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** What a library subtracts before it quantises, float32[dim]; zeros where there are too few vectors to tell. */
export function meanOf(vectors: Float32Array[], dim: number): Float32Array {
  const mean = new Float32Array(dim)
  if (vectors.length < fewestForMean) return mean
  for (const vector of vectors) {
    for (let i = 0; i < dim; i++) mean[i] = mean[i]! + vector[i]! / vectors.length
  }
  return mean
}
