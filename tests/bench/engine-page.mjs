/** The engine bundled as a site has it, for benches that run it in Chromium. */
import { build, defaultClientConditions } from 'vite'
import { inRoot } from '../../web/tools/places.mjs'

/** Its path where serveCheckout serves; the page sets globalThis.engine. */
const pagePath = '/build/bench/engine-page/'

/** For Library.open: where the checkout has what is not JavaScript. */
export const assets = url => ({
  core: `${url}/dist/core/`,
  models: `${url}/models/`,
  runtime: `${url}/node_modules/onnxruntime-web/dist/`,
})

export async function bundleEngine() {
  await build({
    root: inRoot('tests', 'e2e', 'engine-page'),
    base: './',
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: { outDir: inRoot(pagePath), target: 'es2022', emptyOutDir: true },
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  })
}

export async function openEnginePage(context, url) {
  const page = await context.newPage()
  await page.goto(url + pagePath)
  await page.waitForFunction(() => 'engine' in globalThis)
  return page
}
