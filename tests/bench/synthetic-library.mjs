/** A library of given vectors, made by the core as indexing makes one, without pictures. */
import { loadCore } from '../../dist/engine/core-loader.js'
import { inRoot } from '../../web/tools/places.mjs'

const rowsPerSegment = 1000

export const core = () => loadCore({ core: new URL(`file://${inRoot('dist/core/')}`).href, models: '' })

function must(result) {
  if (result?.error) throw new Error(result.error.message)
  return result
}

/** Returns the manifest, its sequence and every file: { manifest, sequence, files: Map name → bytes }. */
export async function syntheticLibrary({ vectors, space, full, thumbnail = new Uint8Array() }) {
  const { newLibrary, firstManifest, sha256 } = await core()
  const dim = vectors[0].length
  const mean = new Float32Array(dim)
  for (const vector of vectors) for (let i = 0; i < dim; i++) mean[i] += vector[i] / vectors.length
  const files = new Map()
  const keep = made => {
    for (const { name, bytes } of made) files.set(name, bytes)
  }
  const library = newLibrary()
  const use = manifest => {
    must(library.setManifest(manifest, ''))
    for (let missing = library.missing(); missing.length > 0; missing = library.missing()) {
      for (const name of missing) must(library.provide(name, files.get(name)))
    }
  }
  const first = firstManifest({ epoch: '0'.repeat(32), space, dim, mean, full })
  keep(first.files)
  use(first.manifest)
  const descriptors = []
  for (let start = 0; start < vectors.length; start += rowsPerSegment) {
    const builder = library.segmentBuilder()
    vectors.slice(start, start + rowsPerSegment).forEach((vector, i) => {
      const path = `${String(start + i).padStart(6, '0')}.jpg`
      const id = `synthetic/${path}`
      const hash = sha256(new TextEncoder().encode(id))
      const file = { size: 1, width: 320, height: 240, sha256: hash }
      const record = JSON.stringify({ id, source: 'synthetic', path, type: 'image/jpeg', ...file })
      must(
        builder.add({ id, record, vector, thumbnail, sha256: hash, size: 1, modified: 1_700_000_000_000 + start + i }),
      )
    })
    const segment = builder.finish()
    builder.delete()
    keep(segment.files)
    for (const { name, bytes } of segment.files) must(library.provide(name, bytes))
    descriptors.push(segment.descriptor)
  }
  const next = must(
    library.nextManifest({ add: descriptors, remove: [], deleteIds: [], sources: [{ name: 'synthetic' }] }),
  )
  keep(next.files)
  use(next.manifest)
  const { sequence } = library
  library.delete()
  return { manifest: next.manifest, sequence, files }
}
