/** What of libheif-js is used; the package types its CommonJS entry only. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.mjs' {
  interface HeifPicture {
    get_width(): number
    get_height(): number
    display(
      target: { data: Uint8ClampedArray; width: number; height: number },
      callback: (filled: unknown) => void,
    ): void
    free(): void
  }
  interface HeifDecoder {
    /** The context of the file decoded last; only the next `decode` frees it. */
    decoder: unknown
    decode(bytes: Uint8Array): HeifPicture[]
  }
  interface Libheif {
    ready: Promise<unknown>
    HeifDecoder: new () => HeifDecoder
    heif_context_free(context: unknown): void
  }
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default function createLibheif(): Libheif
}
