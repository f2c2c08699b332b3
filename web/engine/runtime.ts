/** ONNX Runtime, whichever build there is: what the graphs of a model run on. */
import type * as Onnx from 'onnxruntime-web'

export type Runtime = typeof Onnx

export interface RuntimeOptions {
  /** Threads of one inference in the wasm builds; as many as there are cores, up to four, if not given. */
  threads?: number
  /** Page only: where the runtime's own .mjs and .wasm are, if not beside the script. */
  wasmPaths?: string | { mjs?: string | URL; wasm?: string | URL }
  /** Page only: reads the runtime's wasm, which it otherwise fetches itself. */
  readWasm?: () => Promise<Uint8Array | undefined>
}

/** More gains little on pictures of 224 pixels and takes the cores from decoding. */
const mostThreads = 4

/**
 * The native runtime when it is installed, else the build whose wasm runs with threads in Node, as `onnxruntime-web/wasm` does not.
 * Names that a bundler cannot see: pages must not get these modules.
 */
const nodeRuntimes = ['onnxruntime-node', 'onnxruntime-web']
const nodeOs = 'node:os'

const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined

async function importForNode(): Promise<Runtime> {
  let failure: unknown
  for (const name of nodeRuntimes) {
    try {
      return await import(/* @vite-ignore */ name)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

async function cores(): Promise<number> {
  if (!isNode) return navigator.hardwareConcurrency
  const os: typeof import('node:os') = await import(/* @vite-ignore */ nodeOs)
  return os.availableParallelism()
}

export async function loadRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const runtime: Runtime = isNode ? await importForNode() : await import('onnxruntime-web/wasm')
  runtime.env.logLevel = 'error'
  const { wasm } = runtime.env
  // Threads need shared memory, which pages have only when they are cross-origin isolated.
  const canThread = isNode || globalThis.crossOriginIsolated
  wasm.numThreads = canThread ? (options.threads ?? Math.min(mostThreads, await cores())) : 1
  if (options.wasmPaths !== undefined) wasm.wasmPaths = options.wasmPaths
  const binary = await options.readWasm?.()
  if (binary) wasm.wasmBinary = binary
  return runtime
}
