/** What full search loads of the code: filled in by the build (vite.config.ts), which knows it last. */
export interface FullCode {
  /** Bytes of scripts and the core. */
  scripts: number
  /** Of workers, core and what they load, but for ONNX Runtime's wasm: file → sha256. */
  files: Record<string, string>
  /** ONNX Runtime's wasm, which is kept by its hash. */
  runtime: { bytes: number; sha256: string }
}

declare const __PICFIND_FULL_CODE__: FullCode

export const fullCode: FullCode = __PICFIND_FULL_CODE__
