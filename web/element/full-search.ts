/** Full search: the engine with the bundle as its library. Loaded when it is asked for, and nothing of it before. */
import { http, Library, type ModelProgress, type Query } from '../engine/browser.ts'
import type { PicfindRecord } from './events.ts'
import type { FullSize } from './full-size.ts'

/** Pictures up to which all vectors are fetched before the first answer: at 512 dimensions 10 MB, less than any model's text tower. */
const signsFirstAbove = 20_000

export interface FullSearchOptions {
  /** The bundle's folder. */
  bundle: URL
  /** Id of the model whose files are in the bundle, or the address of another one's model.json. */
  model: string
  modelFiles?: Record<string, string | string[]>
  size: FullSize
  /** Of the bytes that `size` says are missing, those that have arrived. */
  onProgress: (loaded: number) => void
  /** What has been answered would be answered better now. */
  onBetter: () => void
}

export interface FullAnswer {
  results: { record: PicfindRecord; score: number }[]
  /** The vectors of some pictures are not there yet, or lost. */
  partial: boolean
}

export class FullSearch {
  readonly #library: Library

  private constructor(library: Library) {
    this.#library = library
  }

  /** Throws PicfindError. */
  static async open(options: FullSearchOptions): Promise<FullSearch> {
    const { bundle, model, modelFiles, size, onProgress, onBetter } = options
    const arrived = new Map<string, number>()
    const count = ({ file, loaded }: Pick<ModelProgress, 'file' | 'loaded'>) => {
      if (size.kept.has(file)) return
      arrived.set(file, loaded)
      onProgress([...arrived.values()].reduce((sum, bytes) => sum + bytes, 0))
    }
    const beside = (path: string) => new URL(/* @vite-ignore */ path, import.meta.url).href
    const runtime = './runtime/ort-wasm-simd-threaded'
    const library = await Library.open({
      store: http(bundle),
      model,
      signsFirstAbove,
      assets: {
        core: beside('./core/'),
        runtime: { mjs: beside(`${runtime}.js`), wasm: beside(`${runtime}.wasm`) },
        runtimeSha256: size.runtimeSha256,
        models: bundle.href,
        modelFiles,
      },
      onModelProgress: count,
      onLibraryProgress: count,
    })
    count({ file: 'scripts', loaded: size.scripts })
    library.addEventListener('change', onBetter)
    return new FullSearch(library)
  }

  close(): Promise<void> {
    return this.#library.close()
  }

  /** Loads what the best answers need beyond the instant ones, and all that answers without a network need. */
  async complete(): Promise<void> {
    await this.#library.search('picture', { k: 1, tower: 'instant' })
    await this.#library.search('picture', { k: 1 })
    // Elsewhere nothing can be kept.
    if (globalThis.isSecureContext) await this.#library.keep()
  }

  async answer(query: Query, k: number, tower: 'instant' | 'best', signal: AbortSignal): Promise<FullAnswer> {
    const hits = await this.#library.search(query, { k, tower, signal })
    const records = await Promise.all(hits.map(({ id }) => this.#library.record(id)))
    const { notices } = await this.#library.info()
    return {
      results: hits.map(({ score }, i) => ({ record: records[i]!, score })),
      partial: hits.rescored === 'sign' || notices.length > 0,
    }
  }
}
