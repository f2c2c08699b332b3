import type { BundleEntry, Core, CoreLibrary, LibraryFile } from './core.ts'
import { expectValue, isCoreError, isLoss, runningCore } from './core-loader.ts'
import { equalBytes } from './equal-bytes.ts'
import { PicfindError, reasonOf } from './errors.ts'
import { FileCache } from './file-cache.ts'
import { Gate } from './gate.ts'
import { RecentRows } from './recent-rows.ts'
import { Scratch } from './scratch.ts'
import { sha256 } from './sha256.ts'
import { copyPart, type FilePart, type NextParts, type Store } from './store.ts'

/** Of the memory budget, what files read on demand may take that stay in memory; and the least and most bytes of it. */
const cacheShare = 1 / 16
const leastCache = 8 * 1024 * 1024
const mostCache = 256 * 1024 * 1024
/** Files read from the store at a time, and the bytes of these: beyond the first no more than so many. */
const readsAtOnce = 8
const bytesAtOnce = 24 * 1024 * 1024

/** What of the manifest is read outside the core. */
export interface ManifestView {
  epoch: string
  sequence: number
  dim: number
  counts: { rows: number }
  space: { id: string; sha256: string }
  sources: { name: string; url?: string }[]
  segments: { file: string; deleted?: string }[]
  graph?: { files: string[] }
  bundle?: BundleEntry
}

export interface ReaderOptions {
  /** Bytes that vectors may take in memory. */
  memoryBudget?: number | undefined
  /**
   * Rows above which the signs of vectors are loaded first, where the budget has room for all of int8: the library answers by them
   * while int8 arrives.
   */
  signsFirstAbove?: number | undefined
}

/** A file the manifest names is not in the store: another writer may have published since. */
class MissingFile extends Error {
  readonly file: string

  constructor(file: string) {
    super(`${file} is missing`)
    this.file = file
  }
}

/**
 * The library in memory and the files behind it. Work done in `read` sees one manifest from beginning to end, and sees it again from
 * the beginning with a newer one when a file has gone with an older.
 */
export class LibraryReader {
  readonly store: Store
  readonly #changed: () => void
  readonly #memoryBudget: number
  readonly #signsFirstAbove: number
  readonly #gate = new Gate()
  readonly #cache: FileCache
  readonly #scratch = new Scratch()
  /** Where those records are that were found lately. */
  readonly recentRows = new RecentRows()
  /** Files that were what they are named for when they were read here. */
  readonly #verified = new Set<string>()
  readonly #reading = new Map<string, Promise<Uint8Array | undefined>>()
  /** What is wrong with which file. */
  readonly #faults = new Map<string, string>()
  /** sha256 of the only space that is accepted; '' accepts any. */
  #space = ''
  #core: Core
  #library: CoreLibrary
  /** The same library with its int8 vectors as they arrive; takes the place of the other, which has their signs, when it is whole. */
  #arriving: CoreLibrary | undefined
  #arrival: Promise<void> | undefined
  /** What was read for the library that has signs, for the one that arrives. */
  readonly #read = new Map<string, Uint8Array>()
  #manifest: ManifestView | undefined
  #changes: Promise<unknown> = Promise.resolve()
  #closed = false
  /** Those who want the lookups of a large library in memory. */
  #lookupHolders = 0

  /** `changed` is called when another manifest is in use, or more of its vectors. */
  constructor(core: Core, store: Store, changed: () => void, options: ReaderOptions = {}) {
    const { memoryBudget = Number.POSITIVE_INFINITY, signsFirstAbove = Number.POSITIVE_INFINITY } = options
    this.#core = core
    this.store = store
    this.#changed = changed
    this.#memoryBudget = memoryBudget
    this.#signsFirstAbove = signsFirstAbove
    this.#cache = new FileCache(Math.min(mostCache, Math.max(leastCache, memoryBudget * cacheShare)))
    this.#library = this.#newLibrary()
  }

  #newLibrary(): CoreLibrary {
    const library = this.#core.newLibrary()
    library.setMemoryBudget(this.#memoryBudget)
    library.wantLookups(this.#lookupHolders > 0)
    return library
  }

  get core(): Core {
    return this.#core
  }

  /** Only for calls that return at once: it is another one after the library was removed, and its rows are others after a commit. */
  get library(): CoreLibrary {
    return this.#library
  }

  /**
   * While signs answer, the library whose int8 vectors are on their way: `vector` knows those of the segments that are there. Its rows are
   * numbered as those of `library` are.
   */
  get arriving(): CoreLibrary | undefined {
    return this.#arriving
  }

  /** undefined for a library that has not been made yet. */
  get manifest(): ManifestView | undefined {
    return this.#manifest
  }

  /** A line for every file that is missing or damaged. */
  get faults(): string[] {
    return [...this.#faults.values()]
  }

  /** Throws `usage` once the library is closed. */
  async read<T>(work: (library: CoreLibrary) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#closed) throw new PicfindError('usage', 'The library has been closed; open it again.')
      await this.#replaceCore()
      let used: ManifestView | undefined
      try {
        return await this.store.reading(() =>
          this.#gate.read(() => {
            used = this.#manifest
            return work(this.#library)
          }),
        )
      } catch (error) {
        if (!(error instanceof MissingFile)) throw this.explainLoss(error)
        await this.refresh()
        if (this.#manifest === used) this.blame(error.file, 'is missing')
      }
    }
  }

  /**
   * What is to be thrown for `error`. A core that has broken down takes nothing with it, for the store has it all: the next to read or
   * write gets another one.
   */
  explainLoss(error: unknown): unknown {
    if (!isLoss(error, this.#core)) return error
    const message = `The core broke down (${reasonOf(error)}). The library is as it was last published; try again.`
    return new PicfindError('core-lost', message, { cause: error })
  }

  async #replaceCore(): Promise<void> {
    const core = await runningCore(this.#core)
    if (core === this.#core) return
    await this.#inTurn(async () => {
      if (core === this.#core) return
      await this.#gate.write(async () => {
        this.#core = core
        this.#library = this.#newLibrary()
        this.#forgetArriving()
        this.#manifest = undefined
      })
      await this.#useNewest()
    })
  }

  /** A file's verified bytes, in `read`; undefined if it is damaged or lost. Asked for twice at a time, it is read once. */
  async file(name: string): Promise<Uint8Array | undefined> {
    if (this.#faults.has(name)) return undefined
    const cached = this.#cache.get(name)
    if (cached) return cached
    const reading = this.#reading.get(name) ?? this.#readFile(name).finally(() => this.#reading.delete(name))
    this.#reading.set(name, reading)
    return reading
  }

  /**
   * Reads parts of a file, then those of `next`, in `read`; false if it is damaged or lost. The first time a file is read whole, to be verified; it is then kept
   * for a while unless `keep` is false, as it should be where all files together do not fit.
   */
  async parts(name: string, parts: readonly FilePart[], keep = true, next?: NextParts): Promise<boolean> {
    const isHere = this.#faults.has(name) || this.#cache.has(name)
    if (!isHere && this.#verified.has(name) && this.store.readParts) {
      if (!(await this.store.readParts(name, parts, next))) throw new MissingFile(name)
      return true
    }
    if (!isHere && !keep && this.store.readInto) {
      return this.#scratch.use(async room => fill(await this.#readWhole(name, room), parts, next))
    }
    return fill(await this.file(name), parts, next)
  }

  async #readFile(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#readWhole(name)
    if (bytes) this.#cache.set(name, bytes)
    return bytes
  }

  /** Into `room`, if the store can do that. */
  async #readWhole(name: string, room = newArray): Promise<Uint8Array | undefined> {
    const bytes = this.store.readInto ? await this.#readInto(name, room) : await this.store.read(name)
    if (!bytes) throw new MissingFile(name)
    if (!(await this.#isNamed(bytes, name))) {
      this.blame(name, 'is damaged')
      return undefined
    }
    this.#verified.add(name)
    return bytes
  }

  async #readInto(name: string, room: (bytes: number) => Uint8Array): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array | undefined
    const isThere = await this.store.readInto?.(name, size => {
      bytes = room(size)
      return bytes
    })
    return isThere ? bytes : undefined
  }

  /** Notes what is wrong with a file, which is not read again. */
  blame(name: string, fault: string): void {
    this.#faults.set(
      name,
      `File ${name} of ${this.store.name} ${fault}. Remove the library and index again to repair it.`,
    )
  }

  /** No space but this is accepted from now on, by its sha256. Throws `space` if the library in use is of another. */
  accept(space: string): void {
    this.#space = space
    if (this.#manifest && this.#manifest.space.sha256 !== space) this.#setManifest(this.#manifestBytes())
  }

  /** Takes the newest manifest of the store into use; false if it is in use already. */
  async refresh(): Promise<boolean> {
    await this.#replaceCore()
    return this.#inTurn(() => this.#useNewest())
  }

  /** Takes a manifest into use that was just published here, with the files it newly names. */
  adopt(manifest: Uint8Array, files: LibraryFile[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#gate.write(() => this.#use(manifest, files))
      this.#changed()
    })
  }

  /**
   * The lookups of a library that is so large that it does not keep them, in memory until what is returned is called. They are at hand in
   * any case in a smaller one.
   */
  async holdLookups(): Promise<() => void> {
    this.#lookupHolders++
    await this.#inTurn(async () => {
      if (this.#closed) return
      this.#library.wantLookups(true)
      const absent = await this.store.reading(() => this.#gate.write(() => this.#load()))
      if (absent.size === 0 || (await this.#useNewest())) return
      await this.#gate.write(async () => this.#giveUpMissing())
    })
    return () => {
      this.#lookupHolders--
      if (this.#lookupHolders === 0 && !this.#closed) this.#library.wantLookups(false)
    }
  }

  /** One change of manifest after the other: else an older one, read earlier, could come into use after a newer. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(change)
    this.#changes = turn.catch(() => undefined)
    return turn
  }

  async #useNewest(): Promise<boolean> {
    let previous: Uint8Array | undefined
    for (let changed = false; !this.#closed; changed = true) {
      const bytes = await this.store.reading(() => this.store.readManifest())
      if (!bytes) return this.#forget()
      const known = previous ?? (this.#manifest && this.#manifestBytes())
      if (known && equalBytes(known, bytes)) {
        // What the manifest in use names and the store does not have is lost.
        if (changed) await this.#gate.write(async () => this.#giveUpMissing())
        return changed
      }
      previous = bytes
      const complete = await this.store.reading(() => this.#gate.write(() => this.#use(bytes)))
      this.#changed()
      if (complete) return true
    }
    return false
  }

  /**
   * Once all vectors are there that the memory budget has room for. They are on their way from the beginning; where that failed, it is
   * tried again. Throws what went wrong.
   */
  whole(): Promise<void> {
    if (!this.#arriving) return Promise.resolve()
    this.#arrival ??= this.#arrive(this.#arriving)
      .catch(error => {
        throw this.explainLoss(error)
      })
      .finally(() => {
        this.#arrival = undefined
      })
    return this.#arrival
  }

  async #arrive(library: CoreLibrary): Promise<void> {
    while (library === this.#arriving) {
      const used = this.#manifest
      const absent = await this.#fill(library, this.#read, () => this.#changed())
      if (absent.size > 0) {
        await this.refresh()
        if (this.#manifest === used) for (const name of absent) this.#giveUp(library, name, 'is missing')
      }
      await this.#gate.write(async () => this.#takeArrived(library))
    }
  }

  #takeArrived(library: CoreLibrary): void {
    // Another manifest may have come into use that names more.
    if (library !== this.#arriving || library.missing().length > 0) return
    this.#library.delete()
    this.#library = library
    this.#forgetArriving()
    this.#changed()
  }

  #forgetArriving(): void {
    this.#arriving = undefined
    this.#read.clear()
  }

  /** Once those who read are done. */
  close(): Promise<void> {
    this.#closed = true
    return this.#inTurn(() =>
      this.#gate.write(async () => {
        if ((await runningCore(this.#core)) === this.#core) {
          this.#library.delete()
          this.#arriving?.delete()
        }
        this.#forgetArriving()
        this.#cache.clear()
        this.store.close()
      }),
    )
  }

  /** False if files are missing. */
  async #use(bytes: Uint8Array, files: LibraryFile[] = []): Promise<boolean> {
    this.#setManifest(bytes)
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as ManifestView
    if (!this.#manifest && this.#signsComeFirst(manifest)) {
      this.#library.setMemoryBudget(0)
      this.#setManifest(bytes)
      this.#arriving = this.#newLibrary()
    }
    this.#manifest = manifest
    this.recentRows.clear()
    const absent = await this.#load(files)
    if (this.#arriving) {
      expectValue(this.#arriving.setManifest(bytes, this.#space), this.store.name)
      // Whoever needs it whole is told what went wrong.
      void this.whole().catch(() => undefined)
    }
    return absent.size === 0
  }

  #signsComeFirst({ dim, counts: { rows } }: ManifestView): boolean {
    return rows > this.#signsFirstAbove && rows * (dim + Float32Array.BYTES_PER_ELEMENT) <= this.#memoryBudget
  }

  /** Gives the library in use what it is missing, of which `files` were made here; returns the names of what is not in the store. */
  #load(files: LibraryFile[] = []): Promise<Set<string>> {
    const known = this.#arriving ? this.#read : new Map<string, Uint8Array>()
    for (const { name, bytes } of files) known.set(name, bytes)
    return this.#fill(this.#library, known)
  }

  /**
   * Gives a library what it is missing, of which some may be `known`, and returns the names of what is not in the store. `onBatch` is
   * called whenever some of it has come.
   */
  async #fill(library: CoreLibrary, known: Map<string, Uint8Array>, onBatch?: () => void): Promise<Set<string>> {
    const absent = new Set<string>()
    const keeps = known === this.#read && library !== this.#arriving
    let sizes = new Map<string, number>()
    for (;;) {
      const wanted = library.missing().filter(name => !absent.has(name))
      if (wanted.length === 0) return absent
      // A large library names thousands of files: they are listed again only when its descriptors have told of more.
      if (!wanted.every(name => sizes.has(name))) sizes = sizesOf(library)
      const here = wanted.filter(name => known.has(name))
      const batch = firstBatch(here.length > 0 ? here : wanted, sizes)
      const arrived = await Promise.all(batch.map(name => this.#bring(library, name, known, keeps)))
      // It may have been closed meanwhile, or lost with its core.
      if (library !== this.#library && library !== this.#arriving) return absent
      batch.forEach((name, i) => {
        if (arrived[i] === 'missing') absent.add(name)
        else if (arrived[i] === 'damaged' || isCoreError(library.provideVerified(name))) {
          this.#giveUp(library, name, 'is damaged')
        }
      })
      onBatch?.()
    }
  }

  /** Verified, straight into the core's memory; what is read is `known` from then on if it `keeps`. */
  async #bring(
    library: CoreLibrary,
    name: string,
    known: Map<string, Uint8Array>,
    keeps: boolean,
  ): Promise<'here' | 'damaged' | 'missing'> {
    const room = (bytes: number) => library.buffer(name, bytes)
    const own = known.get(name)
    if (own) {
      room(own.length).set(own)
      return 'here'
    }
    if (this.store.readInto && !keeps) {
      const bytes = await this.#readInto(name, room)
      return !bytes ? 'missing' : (await this.#isNamed(bytes, name)) ? 'here' : 'damaged'
    }
    const bytes = await this.store.read(name)
    if (!bytes) return 'missing'
    if (!(await this.#isNamed(bytes, name))) return 'damaged'
    // The library may have gone meanwhile, and its memory with it.
    if (library !== this.#library && library !== this.#arriving) return 'here'
    if (keeps) known.set(name, bytes)
    room(bytes.length).set(bytes)
    return 'here'
  }

  async #isNamed(bytes: Uint8Array, name: string): Promise<boolean> {
    return (await sha256(bytes, all => this.core.sha256(all))) === name
  }

  #setManifest(bytes: Uint8Array): void {
    expectValue(this.#library.setManifest(bytes, this.#space), this.store.name)
  }

  #manifestBytes(): Uint8Array {
    return new TextEncoder().encode(this.#library.manifest())
  }

  #giveUpMissing(): void {
    for (const name of this.#library.missing()) this.#giveUp(this.#library, name, 'is missing')
  }

  #giveUp(library: CoreLibrary, name: string, fault: string): void {
    const rows = library.giveUp(name)
    if (this.#manifest?.graph?.files.includes(name)) {
      this.#faults.set(name, `File ${name} of ${this.store.name} ${fault}: searches go on without its graph.`)
      return
    }
    this.blame(
      name,
      rows > 0 ? `${fault}: ${rows} ${rows === 1 ? 'picture is' : 'pictures are'} out of the search` : fault,
    )
  }

  async #forget(): Promise<boolean> {
    if (!this.#manifest) return false
    await this.#gate.write(async () => {
      this.#library.delete()
      this.#library = this.#newLibrary()
      this.#arriving?.delete()
      this.#forgetArriving()
      this.#manifest = undefined
      this.#verified.clear()
      this.#cache.clear()
    })
    this.#changed()
    return true
  }
}

function sizesOf(library: CoreLibrary): Map<string, number> {
  return new Map(library.files().map(({ name, bytes }) => [name, bytes]))
}

/** The first of `names`, as many as may be read at a time. */
function firstBatch(names: readonly string[], sizes: ReadonlyMap<string, number>): string[] {
  let left = bytesAtOnce
  return names.slice(0, readsAtOnce).filter((name, i) => {
    left -= sizes.get(name) ?? 0
    return i === 0 || left >= 0
  })
}

function newArray(bytes: number): Uint8Array {
  return new Uint8Array(bytes)
}

/** False where there is no file. */
function fill(file: Uint8Array | undefined, parts: readonly FilePart[], next: NextParts = () => []): boolean {
  if (!file) return false
  for (const part of parts) copyPart(file, part)
  for (const part of next()) copyPart(file, part)
  return true
}

/** The space a stored library is of, without loading it; undefined if there is no library. */
export async function readSpaceId(store: Store): Promise<string | undefined> {
  const bytes = await store.readManifest()
  if (!bytes) return undefined
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as ManifestView).space.id
  } catch {
    throw new PicfindError(
      'corrupt',
      `The manifest of ${store.name} is damaged: it is not JSON. Index again into another place.`,
    )
  }
}
