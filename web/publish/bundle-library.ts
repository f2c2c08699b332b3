import type { BuiltSegment, BundleEntry, Core, CoreLibrary, LibraryFile, ManifestStart } from '../engine/core.ts'
import { expectValue } from '../engine/core-loader.ts'
import { meanOf } from '../engine/first-manifest.ts'
import { pictures } from '../engine/stored-vectors.ts'
import type { SiteRecord } from '../engine/types.ts'
import type { BundleVector } from './bundle-vectors.ts'
import { cutRows } from './cut-rows.ts'

/** One picture of a bundle. */
export interface BundleRow {
  record: SiteRecord
  vector: BundleVector
}

/** What the next manifest follows on: one that was published, or the first of a library without a past. */
export interface BundleBase {
  manifest: Uint8Array
  mean: LibraryFile
}

export interface BundleStart {
  space: { id: string; sha256: string }
  dim: number
  /** float32[dim]; measured on the vectors if not given. */
  mean: Float32Array | undefined
}

/** `url`: where its pictures are, relative to the bundle. */
export interface PublicSource {
  name: string
  url: string
}

interface BaseManifest {
  segments: { file: string }[]
  sources: { name: string; url?: string }[]
  bundle?: BundleEntry
}

/** Of more pictures as many serve as well. */
const mostForMean = 4096

/** A bundle may not have too many files: in small packs of records beyond these, packs are larger. */
const mostRecordPacks = 64
const leastRecordPack = 64 * 1024

/** Bundles belong to their site; errors in them are ours. */
const subject = 'bundle'

/** Of a library without a past. Its epoch follows from its space and its segments. */
export function firstBase(core: Core, { space, dim, mean }: BundleStart, rows: readonly BundleRow[]): BundleBase {
  const start = { space, dim, mean: mean ?? measuredMean(rows, dim), full: false }
  const draft = baseFrom(core, { ...start, epoch: '0'.repeat(32) })
  const library = libraryOf(core, draft)
  const descriptors = build(core, library, rows).map(({ descriptor }) => descriptor)
  library.delete()
  const content = JSON.stringify([space.id, space.sha256, dim, descriptors])
  return baseFrom(core, { ...start, epoch: core.sha256(new TextEncoder().encode(content)).slice(0, 32) })
}

function baseFrom(core: Core, start: ManifestStart): BundleBase {
  const { manifest, files } = expectValue(core.firstManifest(start), subject)
  return { manifest, mean: files[0]! }
}

/** Evenly from all rows, in their order. */
function measuredMean(rows: readonly BundleRow[], dim: number): Float32Array {
  const step = Math.max(1, Math.floor(rows.length / mostForMean))
  const chosen = rows.filter((_, i) => i % step === 0).flatMap(({ vector }) => ('scale' in vector ? [] : [vector]))
  return meanOf(chosen, dim)
}

function libraryOf(core: Core, { manifest, mean }: BundleBase): CoreLibrary {
  const library = core.newLibrary()
  expectValue(library.setManifest(manifest, ''), subject)
  expectValue(library.provide(mean.name, mean.bytes), subject)
  return library
}

/** A power of two, so that it seldom changes, and with it all packs. */
function recordPackBytes(records: readonly string[]): number {
  const total = records.reduce((sum, { length }) => sum + length, 0)
  let bytes = leastRecordPack
  while (bytes * mostRecordPacks < total) bytes *= 2
  return bytes
}

function build(core: Core, library: CoreLibrary, rows: readonly BundleRow[]): BuiltSegment[] {
  let begin = 0
  const records = rows.map(({ record }) => JSON.stringify(record))
  const packBytes = recordPackBytes(records)
  return cutRows(
    rows.map(({ record }) => record.id),
    bytes => core.sha256(bytes),
  ).map(end => {
    const builder = library.segmentBuilder()
    builder.setRecordPack(packBytes)
    try {
      for (let i = begin; i < end; i++) {
        const { record, vector } = rows[i]!
        const { id, sha256, size } = record
        const row = { id, record: records[i]!, thumbnail: new Uint8Array(), sha256, size, modified: 0 }
        const added =
          'scale' in vector
            ? builder.carry({ ...row, vector: new Float32Array() }, vector.values, vector.scale)
            : builder.add({ ...row, vector })
        expectValue(added, id)
      }
      begin = end
      return expectValue(builder.finish(), subject)
    } finally {
      builder.delete()
    }
  })
}

/** The library of a bundle: the same rows on the same base are the same bytes. Close it. */
export class BundleLibrary {
  /** All that its manifest leads to. */
  readonly files: LibraryFile[]
  readonly #core: Core
  readonly #base: BaseManifest
  readonly #library: CoreLibrary
  /** Their descriptors, which decide all rows. */
  readonly segments: string[]
  readonly #sources: PublicSource[]

  constructor(core: Core, base: BundleBase, rows: readonly BundleRow[], sources: PublicSource[]) {
    this.#core = core
    this.#base = JSON.parse(new TextDecoder().decode(base.manifest)) as BaseManifest
    this.#sources = sources
    this.#library = libraryOf(core, base)
    const segments = build(core, this.#library, rows)
    this.segments = segments.map(({ descriptor }) => descriptor)
    this.files = [base.mean, ...segments.flatMap(({ files }) => files)]
  }

  /** Whether the base says all that a manifest with `bundle` would say. */
  isCurrent(bundle: BundleEntry): boolean {
    const { segments, sources, bundle: known } = this.#base
    const said = [
      segments.map(({ file }) => file),
      sources.map(({ name, url }) => [name, url]),
      known?.file,
      known?.code,
    ]
    const wanted = [this.segments, this.#sources.map(({ name, url }) => [name, url]), bundle.file, bundle.code]
    return JSON.stringify(said) === JSON.stringify(wanted)
  }

  manifest(bundle?: BundleEntry): Uint8Array {
    for (const { name, bytes } of this.files) expectValue(this.#library.provide(name, bytes), subject)
    const remove = this.#base.segments.map(({ file }) => file)
    const change = { add: this.segments, remove, deleteIds: [], sources: this.#sources, bundle }
    return expectValue(this.#library.nextManifest(change), subject).manifest
  }

  /** As a page loads it: the vectors of all rows in order, float32[dim] from their int8 form, and the names of the files that took. */
  load(): { vectors: Float32Array[]; names: Set<string> } {
    const library = this.#core.newLibrary()
    try {
      expectValue(library.setManifest(this.manifest(), ''), subject)
      const contents = new Map(this.files.map(({ name, bytes }) => [name, bytes]))
      const names = new Set<string>()
      for (let missing = library.missing(); missing.length > 0; missing = library.missing()) {
        for (const name of missing) {
          expectValue(library.provide(name, contents.get(name)!), subject)
          names.add(name)
        }
      }
      return { vectors: Array.from({ length: library.count }, (_, row) => library.vector(pictures, row)), names }
    } finally {
      library.delete()
    }
  }

  close(): void {
    this.#library.delete()
  }
}
