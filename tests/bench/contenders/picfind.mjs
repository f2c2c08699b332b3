/** The core itself: a graph over int8 rows, the best of what it leads to scored again in float32. */
import { core } from '../core.mjs'
import { must, setManifest, syntheticLibrary } from '../synthetic-library.mjs'

const slice = 1000

function buildGraph(library, settings) {
  const builder = must(library.startGraph(settings))
  while (!must(builder.step(slice)).done);
  must(library.useGraph(builder))
  builder.delete()
}

function search(library, vectors, query, k, numCandidates) {
  const { dim } = library
  const settings = { count: numCandidates, engine: 'hnsw', numCandidates }
  const running = must(library.beginSearch('picture', query, settings))
  while (!running.step(slice));
  const { rows } = running.take()
  running.delete()
  const full = new Float32Array(rows.length * dim)
  rows.forEach((row, i) => {
    full.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim)
  })
  return library.rescore(query, rows, full, k).rows
}

export const contender = {
  async load() {
    const { newLibrary } = await core()
    return {
      /** What an index of it starts from: rows are quantised when pictures are indexed, not when a graph is built. */
      async prepare(vectors, dim) {
        const space = { id: 'synthetic', sha256: '0'.repeat(64) }
        return syntheticLibrary({ vectors, dim, space, full: false })
      },
      build(vectors, _dim, settings, { manifest, files }) {
        const library = newLibrary()
        setManifest(library, manifest, files)
        buildGraph(library, { m: settings.m, efConstruction: settings.efConstruction })
        let numCandidates = 64
        return {
          setEf(ef) {
            numCandidates = ef
          },
          search: (query, k) => search(library, vectors, query, k, numCandidates),
          close: () => library.delete(),
        }
      },
    }
  },
}
