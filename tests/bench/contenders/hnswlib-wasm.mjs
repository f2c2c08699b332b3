/** hnswlib as npm has it for pages: scalar WebAssembly over float32. It does not start in Node. */
export const contender = {
  async load(modules) {
    const { loadHnswlib } = await import(`${modules}hnswlib-wasm/dist/hnswlib.js`)
    const { HierarchicalNSW } = await loadHnswlib()
    return {
      build(vectors, dim, { m, efConstruction }) {
        const rows = vectors.length / dim
        const index = new HierarchicalNSW('l2', dim, '')
        index.initIndex(rows, m, efConstruction, 100)
        for (let row = 0; row < rows; row++) {
          index.addPoint(vectors.subarray(row * dim, (row + 1) * dim), row, false)
        }
        return {
          setEf: ef => index.setEfSearch(ef),
          search: (query, k) => index.searchKnn(query, k, undefined).neighbors,
          close: () => index.delete(),
        }
      },
    }
  },
}
