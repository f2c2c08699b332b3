/** The core itself: a graph over int8 rows, the best of what it leads to scored again in float32. */
import { core } from '../core.mjs'
import { searchGraph } from '../core-search.mjs'
import { must, setManifest, syntheticLibrary } from '../synthetic-library.mjs'

function buildGraph(library, settings) {
  const builder = must(library.startGraph(settings))
  while (!must(builder.step(1000)).done);
  must(library.useGraph(builder))
  builder.delete()
}

export const contender = {
  async load() {
    const { newLibrary } = await core()
    return {
      /** What an index of it starts from: rows are quantised when pictures are indexed, not when a graph is built. */
      async prepare(vectors, dim) {
        const space = { id: 'synthetic', sha256: '0'.repeat(64) }
        const vectorsOf = (first, count) => vectors.subarray(first * dim, (first + count) * dim)
        return syntheticLibrary({ rows: vectors.length / dim, dim, vectorsOf, space, full: false })
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
          search: (query, k) => searchGraph(library, vectors, query, k, numCandidates),
          close: () => library.delete(),
        }
      },
    }
  },
}
