/** A k-d tree in Rust: it has nothing to trade recall for time with. */
import { bytesOf } from './bytes.mjs'

/** Its resources travel as JSON: all of a large library at once would be a longer string than engines allow. */
const batch = 1000

export const contender = {
  async load(modules) {
    const glue = await import(`${modules}voy-search/voy_search_bg.js`)
    const wasm = new URL('voy-search/voy_search_bg.wasm', new URL(modules, import.meta.url))
    const { instance } = await WebAssembly.instantiate(await bytesOf(wasm), { './voy_search_bg.js': glue })
    glue.__wbg_set_wasm(instance.exports)
    return {
      build(vectors, dim) {
        const rows = vectors.length / dim
        const resource = row => ({
          id: String(row),
          title: '',
          url: '',
          embeddings: Array.from(vectors.subarray(row * dim, (row + 1) * dim)),
        })
        const resources = first => ({
          embeddings: Array.from({ length: Math.min(batch, rows - first) }, (_, i) => resource(first + i)),
        })
        const index = new glue.Voy(resources(0))
        for (let first = batch; first < rows; first += batch) index.add(resources(first))
        return {
          search: (query, k) => index.search(query, k).neighbors.map(({ id }) => Number(id)),
          close: () => index.free(),
        }
      },
    }
  },
}
