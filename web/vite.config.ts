import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

const root = fileURLToPath(new URL('./app', import.meta.url))
const runtimeFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'))

const core = pinned('core', fileURLToPath(new URL('../dist/core', import.meta.url)), [
  'picfind-core.js',
  'picfind-core.wasm',
])
const runtime = pinned('runtime', runtimeFolder, ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'])

/** As a page asks for it: many hosts do not know `.mjs` for a script. */
const served = (file: string) => basename(file).replace(/\.mjs$/, '.js')

/** Files that find each other by name, in a folder that is named by a hash of them. */
function pinned(name: string, from: string, names: string[]) {
  const files = names.map(file => join(from, file))
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return { files, folder: `assets/${name}-${hash.digest('hex').slice(0, 10)}/` }
}

/** Puts the wasm core and ONNX Runtime beside the page, which loads them by address at run time. */
function wasmFiles(): Plugin {
  return {
    name: 'wasm-files',
    generateBundle() {
      for (const { files, folder } of [core, runtime]) {
        for (const file of files) {
          this.emitFile({ type: 'asset', fileName: folder + served(file), source: readFileSync(file) })
        }
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').slice(1).split('?', 1)[0] ?? ''
        const place = [core, runtime].find(({ folder }) => path.startsWith(folder))
        const file = place?.files.find(file => served(file) === basename(path))
        if (!file) return next()
        response.setHeader('Content-Type', file.endsWith('.wasm') ? 'application/wasm' : 'text/javascript')
        response.end(readFileSync(file))
      })
    },
  }
}

/** Tells the service worker what the page is made of. */
function pageFiles(): Plugin {
  const worker = 'service-worker.js'
  return {
    name: 'page-files',
    // Not earlier: other plugins still change the files while the bundle is generated.
    writeBundle({ dir = '' }, bundle) {
      const read = (file: string) => readFileSync(join(dir, file))
      const integrity = (file: string) => `sha256-${createHash('sha256').update(read(file)).digest('base64')}`
      const named = Object.keys(bundle).filter(file => file.startsWith('assets/'))
      const names = [...readdirSync(join(root, 'public')), 'site-code.json', ...named.sort()]
      const page = { '': integrity('index.html'), ...Object.fromEntries(names.map(name => [name, integrity(name)])) }
      const files = JSON.stringify(page)
      const version = createHash('sha256').update(files).digest('hex').slice(0, 16)
      const code = read(worker).toString().replaceAll('__PAGE_FILES__', files)
      writeFileSync(join(dir, worker), code.replaceAll('__PAGE_VERSION__', JSON.stringify(version)))
    },
  }
}

/** Lists the code of bundles, which the page puts into those that it writes for sites. */
function siteCode(): Plugin {
  const dist = fileURLToPath(new URL('../dist', import.meta.url))
  const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')
  return {
    name: 'site-code',
    generateBundle() {
      const entries = readdirSync(join(dist, 'site'), { recursive: true, withFileTypes: true })
      const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
      const files = paths
        .sort()
        .map(path => [path.slice(join(dist, 'site').length + 1).replaceAll('\\', '/'), sha256(readFileSync(path))])
      const code = sha256(readFileSync(join(dist, 'site/element.js')))
      const loader = readFileSync(join(dist, 'element/picfind.js'), 'utf8')
      const source = JSON.stringify({ code, files: Object.fromEntries(files), loader })
      this.emitFile({ type: 'asset', fileName: 'site-code.json', source })
    },
  }
}

export default defineConfig({
  root,
  base: './',
  define: { __CORE__: JSON.stringify(core.folder), __RUNTIME__: JSON.stringify(runtime.folder) },
  // ONNX Runtime without a second copy of its wasm inside.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  plugins: [wasmFiles(), siteCode(), pageFiles()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: '../../dist/app',
    emptyOutDir: true,
    // The page loads without inline scripts; its policy forbids them.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      // How long plugins took says nothing on a busy machine.
      checks: { pluginTimings: false },
      input: { page: join(root, 'index.html'), 'service-worker': join(root, 'service-worker.ts') },
      output: { entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
})
