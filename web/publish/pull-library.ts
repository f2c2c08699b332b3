/** A library on a server, or on any site, into a folder: file by file, so that a pull that was cut off goes on where it was. */
import type { Core } from '../engine/core.ts'
import { PicfindError } from '../engine/errors.ts'
import { LibraryReader } from '../engine/reader.ts'
import { sha256 } from '../engine/sha256.ts'
import type { Store } from '../engine/store.ts'
import { ReadOnlyStore } from '../engine/store-read-only.ts'

export interface Pulled {
  pictures: number
  files: number
  /** Of them were not here already; and their bytes. */
  fetched: number
  bytes: number
}

/**
 * Makes `here` the same library as the one `there`; until it is whole, `here` stays what it was. Throws `usage` where another library is
 * in it, `corrupt` for a file that is not what it is named for.
 */
export async function pullLibrary(
  core: Core,
  there: Store,
  here: Store,
  onProgress: (done: number, of: number) => void,
): Promise<Pulled> {
  const lock = await here.lockWriter()
  const store = new PullingStore(core, there, here)
  // Vectors that nobody looks at need no memory.
  const reader = new LibraryReader(core, store, () => {}, { memoryBudget: 0 })
  try {
    await reader.refresh()
    await expectSame(reader, here)
    return await reader.read(async library => {
      const files = library.files()
      const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
      let done = 0
      for (const { name, bytes } of files) {
        if (!(await reader.file(name))) {
          throw new PicfindError('corrupt', `${name} of ${there.name} is damaged; pull again later.`)
        }
        done += bytes
        onProgress(done, total)
      }
      await here.publish(new TextEncoder().encode(library.manifest()), library.sequence)
      await here.clean(new Set(files.map(({ name }) => name)))
      const { fetched, bytes } = store
      return { pictures: library.count, files: files.length, fetched, bytes }
    })
  } finally {
    await reader.close()
    await lock?.release()
  }
}

/** Reads what is here, and what is not from there, which then is. */
class PullingStore extends ReadOnlyStore {
  readonly name: string
  fetched = 0
  bytes = 0
  readonly #core: Core
  readonly #there: Store
  readonly #here: Store

  constructor(core: Core, there: Store, here: Store) {
    super()
    this.#core = core
    this.#there = there
    this.#here = here
    this.name = there.name
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const kept = await this.#here.read(name)
    if (kept && (await this.#isNamed(kept, name))) return kept
    const bytes = await this.#there.read(name)
    if (!bytes || !(await this.#isNamed(bytes, name))) return bytes
    await this.#here.write(name, bytes)
    this.fetched++
    this.bytes += bytes.length
    return bytes
  }

  readManifest(): Promise<Uint8Array | undefined> {
    return this.#there.readManifest()
  }

  async #isNamed(bytes: Uint8Array, name: string): Promise<boolean> {
    return (await sha256(bytes, all => this.#core.sha256(all))) === name
  }
}

async function expectSame(reader: LibraryReader, here: Store): Promise<void> {
  const bytes = await here.readManifest()
  if (!bytes) return
  const { epoch } = JSON.parse(new TextDecoder().decode(bytes)) as { epoch?: string }
  if (reader.manifest?.epoch === epoch) return
  const message = `${here.name} holds another library than ${reader.store.name}, or that one has begun anew since`
  throw new PicfindError('usage', `${message}; name another folder, or remove this one.`)
}
