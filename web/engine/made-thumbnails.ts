import type { DecoderPool } from './decoder-pool.ts'
import type { Store } from './store.ts'

/** As many are remembered, of some 15 KB. */
const mostKept = 500

type Find = (id: string) => Promise<{ path: string; picture: Blob } | undefined>

/** Small versions of originals on a server that has none of them yet: made here, and given to the server where it takes them. */
export class MadeThumbnails {
  readonly #store: Store
  readonly #decoders: DecoderPool
  readonly #find: Find
  /** Those of pictures that cannot be had are undefined. */
  readonly #made = new Map<string, Promise<Uint8Array | undefined>>()

  constructor(store: Store, decoders: DecoderPool, find: Find) {
    this.#store = store
    this.#decoders = decoders
    this.#find = find
  }

  /** undefined where there is no original that can be read. */
  async get(id: string): Promise<Uint8Array | undefined> {
    if (!this.#store.remote) return undefined
    const made = this.#made.get(id) ?? this.#make(id).catch(() => undefined)
    if (this.#made.size >= mostKept) this.#made.clear()
    this.#made.set(id, made)
    const jpeg = await made
    // A copy: whoever gets it may send it away.
    return jpeg && new Uint8Array(jpeg)
  }

  async #make(id: string): Promise<Uint8Array | undefined> {
    const found = await this.#find(id)
    if (!found) return undefined
    const file = await this.#decoders.take(found.picture, found.path)
    const { thumbnail } = await file.decode({ thumbnail: true })
    // The server may take none, which is no trouble of whoever looks at the picture.
    void this.#store.offerThumbnail?.(found.path, thumbnail).catch(() => undefined)
    return thumbnail
  }
}
