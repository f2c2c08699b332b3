import type { BuiltSegment, CoreGraphBuilder, LibraryFile, ManifestChange, ManifestStart, SegmentRow } from './core.ts'
import { expectValue, isCoreError } from './core-loader.ts'
import { PicfindError } from './errors.ts'
import type { LibraryReader, ManifestView } from './reader.ts'
import type { WriterLock } from './store.ts'

/** What a commit changes. */
export interface Commit {
  rows: SegmentRow[]
  /** Records that go; of records that are among `rows`, the older version. */
  deleteIds: Iterable<string>
  /** As they are from now on; unchanged if not given. */
  sources?: ManifestView['sources']
}

/** Changes a library: writes new files, then publishes the manifest that names them. One writer at a time. */
export class LibraryWriter {
  readonly #reader: LibraryReader
  readonly #lock: WriterLock
  /** Files the store was last told to keep; undefined before the first time, when a killed writer may have left some. */
  #kept: Set<string> | undefined
  /** Descriptors of segments that cannot be merged, because a file of theirs is damaged or lost. */
  readonly #unmergeable = new Set<string>()
  #letGoOfLookups: (() => void) | undefined

  private constructor(reader: LibraryReader, lock: WriterLock) {
    this.#reader = reader
    this.#lock = lock
  }

  /** Takes the right to write and the newest manifest. Throws `busy`, `read-only`. */
  static async open(reader: LibraryReader): Promise<LibraryWriter> {
    const lock = await reader.store.lockWriter()
    if (!lock) {
      throw new PicfindError(
        'busy',
        `Another tab or process is writing to ${reader.store.name}; try again when it is done.`,
      )
    }
    try {
      await reader.refresh()
      return new LibraryWriter(reader, lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Publishes the first manifest of a new library. */
  async create(start: ManifestStart): Promise<void> {
    const { core, store } = this.#reader
    const { manifest, files } = expectValue(core.firstManifest(start), store.name)
    await this.#publish(manifest, files, 1)
  }

  /** Has the lookups in memory until `release`: what is written is looked up, and merged with what is there. */
  async holdLookups(): Promise<void> {
    this.#letGoOfLookups ??= await this.#reader.holdLookups()
  }

  /** Publishes new and without old records, then merges small segments. Either all of it is published or nothing. */
  async commit({ rows, deleteIds, sources }: Commit): Promise<void> {
    await this.holdLookups()
    const segment = rows.length > 0 ? this.#build(rows) : undefined
    await this.#changeSegments(segment, { deleteIds: [...deleteIds], sources })
    await this.#mergeSmall()
  }

  /** Publishes a graph as far as it is built, unless the segments it is over have gone. */
  async publishGraph(builder: CoreGraphBuilder): Promise<void> {
    const { library, store } = this.#reader
    if (library.isStale(builder)) return
    const { files, entry } = expectValue(builder.finish(), store.name)
    await this.#change({ graph: entry }, files)
  }

  /** Rewrites every segment with deleted records, so that nothing of them stays in the store. */
  async purge(): Promise<void> {
    await this.holdLookups()
    for (const { file, deleted } of this.#manifest.segments) if (deleted !== undefined) await this.#merge([file])
    await this.#clean(this.#fileNames())
  }

  release(): Promise<void> {
    this.#letGoOfLookups?.()
    return this.#lock.release()
  }

  get #manifest(): ManifestView {
    const { manifest, store } = this.#reader
    if (!manifest) throw new PicfindError('not-found', `There is no library in ${store.name}.`)
    return manifest
  }

  #build(rows: SegmentRow[]): BuiltSegment {
    const builder = this.#reader.library.segmentBuilder()
    try {
      for (const row of rows) expectValue(builder.add(row), row.id)
      return expectValue(builder.finish(), this.#reader.store.name)
    } finally {
      builder.delete()
    }
  }

  async #mergeSmall(): Promise<void> {
    for (;;) {
      const plan = this.#reader.library.planMerge([...this.#unmergeable])
      if (plan.length === 0) return
      await this.#merge(plan)
    }
  }

  /**
   * Makes one segment of several. If a file is damaged or lost they stay as they are, the file is named in the reader's faults, and
   * later plans leave its segment out.
   */
  async #merge(descriptors: string[]): Promise<void> {
    const { library, store } = this.#reader
    const merger = library.merger(descriptors)
    if (isCoreError(merger)) {
      for (const descriptor of descriptors) this.#unmergeable.add(descriptor)
      return
    }
    try {
      for (const name of merger.missing()) {
        const bytes = await store.read(name)
        if (bytes && !isCoreError(merger.provide(name, bytes))) continue
        this.#reader.blame(name, bytes ? 'is damaged' : 'is missing')
        for (const descriptor of descriptors) if (this.#needs(descriptor, name)) this.#unmergeable.add(descriptor)
        return
      }
      await this.#changeSegments(expectValue(merger.finish(), store.name), { remove: descriptors })
    } finally {
      merger.delete()
    }
  }

  #needs(descriptor: string, file: string): boolean {
    const { library, store } = this.#reader
    const merger = expectValue(library.merger([descriptor]), store.name)
    try {
      return merger.missing().includes(file)
    } finally {
      merger.delete()
    }
  }

  async #changeSegments(segment: BuiltSegment | undefined, change: Partial<ManifestChange>): Promise<void> {
    const { library, store } = this.#reader
    const files = segment?.files ?? []
    for (const { name, bytes } of files) expectValue(library.provide(name, bytes), store.name)
    await this.#change({ ...change, add: segment ? [segment.descriptor] : [] }, files)
  }

  /** `files`: those that the change newly names. */
  async #change(change: Partial<ManifestChange>, files: LibraryFile[]): Promise<void> {
    const { library, store } = this.#reader
    const next = library.nextManifest({
      add: change.add ?? [],
      remove: change.remove ?? [],
      deleteIds: change.deleteIds ?? [],
      sources: change.sources ?? this.#manifest.sources,
      graph: change.graph,
    })
    const { manifest, files: bitmaps } = expectValue(next, store.name)
    await this.#publish(manifest, [...files, ...bitmaps], this.#manifest.sequence + 1)
  }

  async #publish(manifest: Uint8Array, files: LibraryFile[], sequence: number): Promise<void> {
    const { store } = this.#reader
    const before = this.#fileNames()
    // Equal delete bitmaps are one file.
    const contents = new Map(files.map(({ name, bytes }) => [name, bytes]))
    // All have ended before an error is passed on: whoever writes next must not meet one that is still under way.
    const written = await Promise.allSettled([...contents].map(([name, bytes]) => store.write(name, bytes)))
    for (const result of written) if (result.status === 'rejected') throw result.reason
    await store.publish(manifest, sequence)
    await this.#reader.adopt(manifest, files)
    // The files of the manifest before stay for those who still read it.
    await this.#clean(new Set([...before, ...this.#fileNames()]))
  }

  async #clean(keep: Set<string>): Promise<void> {
    const surplus = !this.#kept || [...this.#kept].some(name => !keep.has(name))
    this.#kept = keep
    if (surplus) await this.#reader.store.clean(keep)
  }

  #fileNames(): Set<string> {
    return new Set(this.#reader.manifest ? this.#reader.library.files().map(({ name }) => name) : [])
  }
}
