/** HNSW in Rust. Of its metrics only l2 is usable: cosine and dot return the least similar. */
import { bytesOf } from './bytes.mjs'

export const contender = {
  async load(modules) {
    const { default: init, EdgeVec, EdgeVecConfig } = await import(`${modules}edgevec/edgevec.js`)
    const wasm = new URL('edgevec/edgevec_bg.wasm', new URL(modules, import.meta.url))
    await init({ module_or_path: await bytesOf(wasm) })
    return {
      /** How many candidates a search keeps is fixed when the index is made. */
      build(vectors, dim, { m, efConstruction, ef }) {
        const config = new EdgeVecConfig(dim)
        Object.assign(config, { metric: 'l2', m, m0: 2 * m, ef_construction: efConstruction, ef_search: ef })
        const index = new EdgeVec(config)
        for (let start = 0; start < vectors.length; start += dim) index.insert(vectors.subarray(start, start + dim))
        return {
          search: (query, k) => index.search(query, k).map(({ id }) => id - 1),
          close: () => index.free(),
        }
      },
    }
  },
}
