/** Builds dist/site, which every bundle has a copy of, and with `--mode loader` dist/element/picfind.js, which starts it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defaultClientConditions, defineConfig, type Plugin, type Rolldown, type UserConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const runtimeFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'))

/**
 * What is loaded by address at run time; names stay as they are, for the whole folder is named by its content. Only `.mjs` becomes `.js`:
 * many hosts, nginx as it is installed among them, do not know it for a script.
 */
const loose = {
  core: ['picfind-core.js', 'picfind-core.wasm'].map(name => join(here('../../dist/core'), name)),
  runtime: ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map(name => join(runtimeFolder, name)),
}

/** Bytes that a page may get of an element that is not touched, in gzip; of the loader as it is; and of all code of a bundle. */
const limits = { firstLoad: 20_000, loader: 2_500, site: 18_000_000 }

function looseFiles(): Plugin {
  return {
    name: 'loose-files',
    generateBundle() {
      for (const [folder, files] of Object.entries(loose)) {
        for (const file of files) {
          const name = basename(file).replace(/\.mjs$/, '.js')
          this.emitFile({ type: 'asset', fileName: `${folder}/${name}`, source: readFileSync(file) })
        }
      }
    },
  }
}

/** Styles without the white space and comments that are for those who read them here. */
function leanStyles(): Plugin {
  const lean = (css: string) => css.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\s*([{};,])\s*|(\s)\s+/g, '$1$2')
  return {
    name: 'lean-styles',
    transform: (code, id) => (id.endsWith('styles.ts') ? code.replaceAll(/css`[^`]*`/g, lean) : null),
  }
}

/** The same of templates: in code that has been made small, no other lines are left. */
function leanTemplates(): Plugin {
  return {
    name: 'lean-templates',
    generateBundle(_options, bundle) {
      const element = bundle['element.js']
      if (element?.type === 'chunk') element.code = element.code.replaceAll(/\s*\n\s*/g, ' ')
    },
  }
}

/** What full search loads beside the library and the model; the rest is for the first answers and for pictures of rare formats. */
const ofFullSearch = /^(full-search|(library|encoder|decoder|thread)\.worker|ort\.wasm\.min)-|^(core|runtime)\//

/** Tells full search what belongs to it (full-code.ts). */
function fullCode(): Plugin {
  return {
    name: 'full-code',
    generateBundle(_options, bundle) {
      checkImports(bundle)
      const outputs = Object.values(bundle).filter(({ fileName }) => ofFullSearch.test(fileName))
      const runtime = outputs.find(({ fileName }) => fileName.endsWith('/ort-wasm-simd-threaded.wasm'))
      if (!runtime) return
      const all = outputs.reduce((sum, output) => sum + bytesOf(output).length, 0)
      const scripts = outputs.filter(output => output !== runtime && !isModule(output))
      const files = Object.fromEntries(scripts.map(output => [output.fileName, sha256(bytesOf(output))]))
      const runtimeCode = { bytes: bytesOf(runtime).length, sha256: sha256(bytesOf(runtime)) }
      replaceIn(bundle, '__PICFIND_FULL_CODE__', { scripts: all - runtimeCode.bytes, files, runtime: runtimeCode })
    },
  }
}

/** Lets the decoder import what it needs for rare formats only as it was built: a worker cannot preload modules with their hash, so it fetches them. */
function checkImports(bundle: Rolldown.OutputBundle): void {
  for (const output of Object.values(bundle)) {
    if (output.type !== 'asset' || !output.fileName.startsWith('decoder.worker-')) continue
    const source = String(output.source)
    output.source = source.replaceAll(/import\(`\.\/([^`]+)`\)/g, (imported, name: string) => {
      const integrity = `sha256-${Buffer.from(sha256(bytesOf(bundle[name]!)), 'hex').toString('base64')}`
      const read = `c=>fetch(new URL("${name}",import.meta.url),{cache:c,integrity:"${integrity}"}).then(r=>r.arrayBuffer())`
      // What is kept may be what was damaged on its way.
      return `(r=>r("force-cache").catch(()=>r("reload")))(${read}).then(()=>${imported})`
    })
    if (output.source === source) throw new Error(`${output.fileName} imports nothing that could be checked.`)
  }
}

/** Tells element.js the hashes of what it imports later (own-modules.ts); they are final by then. */
function ownModules(): Plugin {
  return {
    name: 'own-modules',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const modules = Object.values(bundle).filter(isModule)
        const unknown = modules.flatMap(({ imports }) => imports).find(name => name !== 'element.js')
        if (unknown) throw new Error(`${unknown} is imported unchecked; let element.js import it (own-modules.ts).`)
        const entries = modules.map(output => [
          output.name,
          { file: `./${output.fileName}`, sha256: sha256(bytesOf(output)) },
        ])
        replaceIn(bundle, '__PICFIND_OWN_MODULES__', Object.fromEntries(entries))
      },
    },
  }
}

const isModule = (output: Output): output is Rolldown.OutputChunk => output.type === 'chunk' && !output.isEntry

function replaceIn(bundle: Rolldown.OutputBundle, placeholder: string, value: unknown): void {
  for (const output of Object.values(bundle)) {
    if (output.type === 'chunk') output.code = output.code.replaceAll(placeholder, JSON.stringify(value))
  }
}

type Output = Rolldown.OutputChunk | Rolldown.OutputAsset

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const bytesOf = (output: Output) => Buffer.from(output.type === 'chunk' ? output.code : output.source)

/** A chunk and all that it imports at once. */
function withImports(bundle: Rolldown.OutputBundle, name: string, found = new Set<string>()): Set<string> {
  const output = bundle[name]
  if (output?.type !== 'chunk' || found.has(name)) return found
  found.add(name)
  for (const imported of output.imports) withImports(bundle, imported, found)
  return found
}

function expectAtMost(limit: number, bytes: number, what: string): void {
  if (bytes > limit)
    throw new Error(`${what} takes ${bytes} bytes; the limit is ${limit} (web/element/vite.config.ts).`)
}

/** Fails the build where a limit is passed. */
function sizeCheck(): Plugin {
  return {
    name: 'size-check',
    writeBundle(_options, bundle) {
      const loader = bundle['picfind.js']
      if (loader) return expectAtMost(limits.loader, bytesOf(loader).length, 'picfind.js')
      const zipped = [...withImports(bundle, 'element.js')].map(name => gzipSync(bytesOf(bundle[name]!)).length)
      const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
      expectAtMost(limits.firstLoad - limits.loader, sum(zipped), 'element.js with its imports, in gzip,')
      expectAtMost(limits.site, sum(Object.values(bundle).map(output => bytesOf(output).length)), 'dist/site')
    },
  }
}

const common: UserConfig = {
  root: here('.'),
  base: './',
  publicDir: false,
  // ONNX Runtime without a second copy of its wasm inside.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js' } },
  },
}

function output(input: Record<string, string>, outDir: string, emptyOutDir: boolean): UserConfig['build'] {
  return {
    target: 'es2022',
    outDir: here(outDir),
    emptyOutDir,
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input,
      preserveEntrySignatures: false,
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        assetFileNames: '[name]-[hash][extname]',
      },
    },
  }
}

export default defineConfig(({ mode }) =>
  mode === 'loader'
    ? {
        ...common,
        plugins: [sizeCheck()],
        build: output({ picfind: here('picfind.ts') }, '../../dist/element', false),
      }
    : {
        ...common,
        plugins: [leanStyles(), leanTemplates(), looseFiles(), fullCode(), ownModules(), sizeCheck()],
        build: output({ element: here('element.ts') }, '../../dist/site', true),
      },
)
