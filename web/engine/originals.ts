import type { Platform } from './platform.ts'
import type { ManifestView } from './reader.ts'
import type { Source, SourceOrigin } from './source.ts'
import type { Store } from './store.ts'
import type { SiteRecord } from './types.ts'

interface OfLibrary {
  readonly store: Store
  readonly manifest: Pick<ManifestView, 'sources'> | undefined
}

/** The files that the pictures of a library were made from, as far as they can still be read. */
export class Originals {
  readonly #platform: Platform
  readonly #library: OfLibrary
  /** Sources added since the library was opened. */
  readonly #sources = new Map<string, Source>()

  constructor(platform: Platform, library: OfLibrary) {
    this.#platform = platform
    this.#library = library
  }

  async remember(name: string, source: Source): Promise<void> {
    this.#sources.set(name, source)
    const { origin } = source
    // Files of a picker are there as long as the page is.
    if (origin && origin.kind !== 'files') await this.#library.store.remember(name, origin)
  }

  async forget(name: string): Promise<void> {
    this.#sources.delete(name)
    await this.#library.store.remember(name, undefined)
  }

  async originOf(name: string): Promise<SourceOrigin | undefined> {
    return (await this.#library.store.recall(name)) as SourceOrigin | undefined
  }

  /** The file from its folder, else from its own or its source's public address; undefined if none has it. */
  async read({ source: name, path, url }: Pick<SiteRecord, 'source' | 'path' | 'url'>): Promise<Blob | undefined> {
    const origin = await this.originOf(name)
    const source = this.#sources.get(name) ?? (origin && this.#platform.openSource(origin, name))
    const file = await source?.read(path).catch(() => undefined)
    return file ?? (url === undefined ? this.#fetch(name, path) : this.#fetchFrom(url))
  }

  async #fetch(name: string, path: string): Promise<Blob | undefined> {
    const url = this.#library.manifest?.sources.find(source => source.name === name)?.url
    if (url === undefined) return undefined
    return this.#fetchFrom(`${url.replace(/\/?$/, '/')}${path.split('/').map(encodeURIComponent).join('/')}`)
  }

  async #fetchFrom(file: string): Promise<Blob | undefined> {
    const { store } = this.#library
    // An address may be relative to the manifest's own.
    const base = URL.canParse(store.name) ? store.name : undefined
    if (!URL.canParse(file, base)) return undefined
    if (store.readOriginal) return store.readOriginal(file).catch(() => undefined)
    const response = await fetch(new URL(file, base)).catch(() => undefined)
    return response?.ok ? response.blob() : undefined
  }
}
