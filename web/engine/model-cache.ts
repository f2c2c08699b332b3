/** Where downloaded model files are kept between visits: the browser's Cache API, or memory where there is none. */

/** What is known of a file beside its bytes. */
export interface DownloadNote {
  url: string
  /** Of the version a part belongs to, so that two versions are never joined. */
  etag?: string
  /** Recorded at the first download, where nobody publishes it. */
  sha256?: string
}

/** Files by name; a file grows as a part and is there for readers once it is finished. */
export interface ModelCache {
  read(name: string): Promise<Uint8Array | undefined>
  readPart(name: string): Promise<Uint8Array | undefined>
  /** Writes the part's bytes from `offset` on, which is its end so far, or 0 to begin it anew. */
  writePart(name: string, offset: number, bytes: Uint8Array): Promise<void>
  /** The part becomes the file. */
  finish(name: string): Promise<void>
  readNote(name: string): Promise<DownloadNote | undefined>
  writeNote(name: string, note: DownloadNote): Promise<void>
  /** Removes file and part; the note stays. */
  remove(name: string): Promise<void>
}

function join(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}

/** Forgets everything with the page. */
export function memoryCache(): ModelCache {
  const files = new Map<string, Uint8Array>()
  const parts = new Map<string, Uint8Array[]>()
  const notes = new Map<string, DownloadNote>()
  return {
    async read(name) {
      return files.get(name)
    },
    async readPart(name) {
      const pieces = parts.get(name)
      return pieces && join(pieces)
    },
    async writePart(name, offset, bytes) {
      parts.set(name, offset === 0 ? [bytes.slice()] : [...(parts.get(name) ?? []), bytes.slice()])
    },
    async finish(name) {
      const pieces = parts.get(name)
      if (pieces) files.set(name, join(pieces))
      parts.delete(name)
    },
    async readNote(name) {
      return notes.get(name)
    },
    async writeNote(name, note) {
      notes.set(name, note)
    },
    async remove(name) {
      files.delete(name)
      parts.delete(name)
    },
  }
}

/** Keeps the files of one model in the Cache API; in memory where a page has none, which is outside secure contexts. */
export async function pageCache(modelId: string): Promise<ModelCache> {
  if (!globalThis.caches) return memoryCache()
  try {
    return new PageCache(
      await caches.open('picfind-models'),
      new URL(`/picfind-models/${modelId}/`, location.href).href,
    )
  } catch {
    return memoryCache() // private windows of some browsers have the interface and refuse its use
  }
}

/** A file is several entries, one for each write, whose address ends in their offset; an empty entry `finished` tells a file from a part. */
class PageCache implements ModelCache {
  readonly #cache: Cache
  readonly #base: string

  constructor(cache: Cache, base: string) {
    this.#cache = cache
    this.#base = base
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return (await this.#cache.match(this.#address(name, 'finished'))) && this.#join(name)
  }

  async readPart(name: string): Promise<Uint8Array | undefined> {
    return (await this.#cache.match(this.#address(name, 'finished'))) ? undefined : this.#join(name)
  }

  async writePart(name: string, offset: number, bytes: Uint8Array): Promise<void> {
    if (offset === 0) await this.remove(name)
    await this.#cache.put(this.#address(name, String(offset)), new Response(bytes as Uint8Array<ArrayBuffer>))
  }

  async finish(name: string): Promise<void> {
    if (await this.#cache.match(this.#address(name, '0'))) {
      await this.#cache.put(this.#address(name, 'finished'), new Response())
    }
  }

  async readNote(name: string): Promise<DownloadNote | undefined> {
    return (await this.#cache.match(this.#address(name, 'note')))?.json()
  }

  async writeNote(name: string, note: DownloadNote): Promise<void> {
    await this.#cache.put(this.#address(name, 'note'), Response.json(note))
  }

  async remove(name: string): Promise<void> {
    const note = this.#address(name, 'note')
    const requests = await this.#cache.keys(this.#base + name, { ignoreSearch: true })
    await Promise.all(requests.filter(({ url }) => url !== note).map(request => this.#cache.delete(request)))
  }

  #address(name: string, what: string): string {
    return `${this.#base}${name}?${what}`
  }

  /** Entries in order of their offsets, as far as each begins where the one before ends. */
  async #join(name: string): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = []
    for (let offset = 0; ; ) {
      const response = await this.#cache.match(this.#address(name, String(offset)))
      if (!response) break
      const piece = new Uint8Array(await response.arrayBuffer())
      if (piece.length === 0) break
      pieces.push(piece)
      offset += piece.length
    }
    return pieces.length > 0 ? join(pieces) : undefined
  }
}
