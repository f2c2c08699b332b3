/** A library of given vectors, made by the core as indexing makes one, without pictures. Runs in Node and in pages. */
import { core } from './core.mjs'

const fewestRowsOfSegment = 1000
const mostSegments = 20

export function must(result) {
  if (result?.error) throw new Error(result.error.message)
  return result
}

/** Gives a library everything it asks for. */
export function setManifest(library, manifest, files) {
  must(library.setManifest(manifest, ''))
  for (let names = library.missing(); names.length > 0; names = library.missing()) {
    for (const name of names) must(library.provide(name, files.get(name)))
  }
}

/** vectors: float32[rows·dim]. Returns the manifest, its sequence and every file: { manifest, sequence, files: Map name → bytes }. */
export async function syntheticLibrary({ vectors, dim, space, full, thumbnail = new Uint8Array() }) {
  const { newLibrary, firstManifest, sha256 } = await core()
  const rows = vectors.length / dim
  const mean = new Float32Array(dim)
  for (let i = 0; i < vectors.length; i++) mean[i % dim] += vectors[i] / rows
  const files = new Map()
  const keep = made => {
    for (const { name, bytes } of made) files.set(name, bytes)
  }
  const library = newLibrary()
  const first = firstManifest({ epoch: '0'.repeat(32), space, dim, mean, full })
  keep(first.files)
  setManifest(library, first.manifest, files)
  const descriptors = []
  const rowsOfSegment = Math.max(fewestRowsOfSegment, Math.ceil(rows / mostSegments))
  for (let start = 0; start < rows; start += rowsOfSegment) {
    const builder = library.segmentBuilder()
    for (let row = start; row < Math.min(rows, start + rowsOfSegment); row++) {
      const path = `${String(row).padStart(7, '0')}.jpg`
      const id = `synthetic/${path}`
      const hash = sha256(new TextEncoder().encode(id))
      const file = { size: 1, width: 320, height: 240, sha256: hash }
      const record = JSON.stringify({ id, source: 'synthetic', path, type: 'image/jpeg', ...file })
      const vector = vectors.subarray(row * dim, (row + 1) * dim)
      must(builder.add({ id, record, vector, thumbnail, sha256: hash, size: 1, modified: 1_700_000_000_000 + row }))
    }
    const segment = builder.finish()
    builder.delete()
    keep(segment.files)
    for (const { name, bytes } of segment.files) must(library.provide(name, bytes))
    descriptors.push(segment.descriptor)
  }
  const change = { add: descriptors, remove: [], deleteIds: [], sources: [{ name: 'synthetic' }] }
  const { manifest, files: changed } = must(library.nextManifest(change))
  keep(changed)
  setManifest(library, manifest, files)
  const { sequence } = library
  library.delete()
  return { manifest, sequence, files }
}

/** The row of a hit in such a library. */
export const rowOf = ({ path }) => Number.parseInt(path, 10)
