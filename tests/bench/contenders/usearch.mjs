/** HNSW in C++ with the processor's own vector instructions: how fast a native library is. Node only. */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const contender = {
  async load(modules) {
    const { Index } = (await import(`${modules}usearch/javascript/dist/esm/usearch.js`)).default
    return {
      build(vectors, dim, { m, efConstruction }) {
        const options = { dimensions: dim, metric: 'l2sq', quantization: 'f32', connectivity: m, multi: false }
        const empty = ef => new Index({ ...options, expansion_add: efConstruction, expansion_search: ef })
        let index = empty(64)
        const rows = vectors.length / dim
        index.add(
          BigUint64Array.from({ length: rows }, (_, row) => BigInt(row)),
          vectors,
          1,
        )
        return {
          /** Fixed when an index is made, so the graph moves to another one. */
          setEf(ef) {
            const file = join(tmpdir(), `picfind-bench-${process.pid}.usearch`)
            index.save(file)
            index = empty(ef)
            index.load(file)
            rmSync(file)
          },
          search: (query, k) => Array.from(index.search(query, k, 1).keys, Number),
          close: () => {},
        }
      },
    }
  },
}
