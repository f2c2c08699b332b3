/** A library of given vectors, made by the core as indexing makes one, without pictures. Runs in Node and in pages. */
import { core } from './core.mjs'

const fewestRowsOfSegment = 1000
const mostSegments = 20
const rowsOfMean = 50_000

const noChange = { add: [], remove: [], deleteIds: [], sources: [{ name: 'synthetic' }] }

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

/** Of all vectors, or of as many as tell it well enough. */
function meanOf(vectors, dim) {
  const mean = new Float32Array(dim)
  for (let i = 0; i < vectors.length; i++) mean[i % dim] += (vectors[i] * dim) / vectors.length
  return mean
}

/** Builds a graph of all rows; returns what `nextManifest` takes. */
function graphOf(library, settings) {
  const builder = must(library.startGraph(settings))
  while (!must(builder.step(1000)).done);
  const graph = must(builder.finish())
  builder.delete()
  return graph
}

/**
 * vectorsOf(first, count): float32[count·dim]; `graph`: its settings, for a library with one. Returns the manifest, its sequence and every
 * file: { manifest, sequence, files: Map name → bytes }.
 */
export async function syntheticLibrary({ rows, dim, vectorsOf, space, full, graph, thumbnail = new Uint8Array() }) {
  const { newLibrary, firstManifest, sha256 } = await core()
  const mean = meanOf(vectorsOf(0, Math.min(rows, rowsOfMean)), dim)
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
    const count = Math.min(rowsOfSegment, rows - start)
    const vectors = vectorsOf(start, count)
    for (let i = 0; i < count; i++) {
      const row = start + i
      const path = `${String(row).padStart(7, '0')}.jpg`
      const id = `synthetic/${path}`
      const hash = sha256(new TextEncoder().encode(id))
      const file = { size: 1, width: 320, height: 240, sha256: hash }
      const record = JSON.stringify({ id, source: 'synthetic', path, type: 'image/jpeg', ...file })
      const vector = vectors.subarray(i * dim, (i + 1) * dim)
      must(builder.add({ id, record, vector, thumbnail, sha256: hash, size: 1, modified: 1_700_000_000_000 + row }))
    }
    const segment = builder.finish()
    builder.delete()
    keep(segment.files)
    for (const { name, bytes } of segment.files) must(library.provide(name, bytes))
    descriptors.push(segment.descriptor)
  }
  let manifest = first.manifest
  const publish = change => {
    const next = must(library.nextManifest({ ...noChange, ...change }))
    keep(next.files)
    setManifest(library, next.manifest, files)
    manifest = next.manifest
  }
  publish({ add: descriptors })
  if (graph) {
    const made = graphOf(library, graph)
    keep(made.files)
    publish({ graph: made.entry })
  }
  const { sequence } = library
  library.delete()
  return { manifest, sequence, files }
}

/** The row of a hit in such a library. */
export const rowOf = ({ path }) => Number.parseInt(path, 10)
