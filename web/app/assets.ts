/** Where the page has the parts of Picfind that are not JavaScript. */
const here = (path: string) => new URL(path, document.baseURI).href

const runtime = here(`${__RUNTIME__}ort-wasm-simd-threaded`)

export const assets = {
  core: here(__CORE__),
  runtime: { mjs: `${runtime}.js`, wasm: `${runtime}.wasm` },
  models: here('models/'),
}
