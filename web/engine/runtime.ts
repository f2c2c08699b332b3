/** ONNX Runtime, whichever build there is: what encoder.ts runs its graphs on. */
import type * as Onnx from 'onnxruntime-web'

export type Runtime = typeof Onnx

export interface RuntimeOptions {
  /** Threads of one inference; all cores where the place allows threads, if not given. */
  threads?: number
  /** Page only: where the runtime's own .mjs and .wasm are, if not beside the script. */
  wasmPaths?: string | { mjs?: string | URL; wasm?: string | URL }
}

/** The native runtime when it is installed, else the one for Node that runs wasm with threads, which `onnxruntime-web/wasm` cannot in Node. */
const nodeRuntimes = ['onnxruntime-node', 'onnxruntime-web']

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

/** Threads need shared memory, which pages have only when they are cross-origin isolated. */
function availableThreads(): number {
  return isNode || globalThis.crossOriginIsolated ? (globalThis.navigator?.hardwareConcurrency ?? 1) : 1
}

export async function loadRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const runtime: Runtime = isNode ? await importForNode() : await import('onnxruntime-web/wasm')
  runtime.env.logLevel = 'error'
  const { wasm } = runtime.env
  wasm.numThreads = options.threads ?? availableThreads()
  if (options.wasmPaths !== undefined) wasm.wasmPaths = options.wasmPaths
  return runtime
}
