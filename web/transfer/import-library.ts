/** A bundle becomes a library of its own: all of it, or nothing. */
import type { Core, CoreLibrary, SegmentRow } from '../engine/core.ts'
import { expectValue } from '../engine/core-loader.ts'
import { PicfindError } from '../engine/errors.ts'
import { randomEpoch } from '../engine/first-manifest.ts'
import { LibraryReader } from '../engine/reader.ts'
import { readRecord, readThumbnail } from '../engine/records.ts'
import { sha256 as hashOf } from '../engine/sha256.ts'
import type { Store } from '../engine/store.ts'
import { readInt8 } from '../engine/stored-vectors.ts'
import { thumbnailHash } from '../engine/thumbnail-name.ts'
import type { SiteRecord } from '../engine/types.ts'
import type { BundleFiles } from './bundle-files.ts'
import { decoded } from './decoded.ts'
import { eachFile, type OnStep } from './each-file.ts'
import { expectWhole } from './expect-file.ts'
import { readStart } from './library-start.ts'
import { BundleStore } from './store-bundle.ts'

/** Of a segment that is written with thumbnails, which are in memory until it is done: some 15 MB. */
const rowsOfSegment = 1024
/** A library has 24 at most; some are left for what is added. */
const mostSegments = 20

/**
 * Writes the bundle into `store`, a library that is not there yet. Every file is what it is named for before the manifest is published;
 * on any error the library is removed again. Throws `corrupt`, `version`, `space`, `no-space`, and `usage` where there is a library.
 */
export async function importLibrary(core: Core, bundle: BundleFiles, store: Store, onStep: OnStep): Promise<void> {
  const lock = await store.lockWriter()
  if (!lock) throw new PicfindError('busy', `Another tab is writing to ${store.name}; try again when it is done.`)
  try {
    if (await store.readManifest()) throw new PicfindError('usage', `There is a library ${store.name} already.`)
    // Vectors that the copy does not look at need no memory.
    const reader = new LibraryReader(core, new BundleStore(bundle), () => {}, { memoryBudget: 0 })
    try {
      await reader.refresh()
      await reader.holdLookups()
      expectWhole(reader)
      if (bundle.head.bundle === undefined) await copyFiles(reader, store, onStep)
      else await copyPictures(reader, bundle, store, onStep)
    } catch (error) {
      await store.remove()
      throw error
    } finally {
      await reader.close()
    }
  } finally {
    await lock.release()
  }
}

/** The same library, byte for byte. */
function copyFiles(reader: LibraryReader, store: Store, onStep: OnStep): Promise<void> {
  return reader.read(async library => {
    await eachFile(reader, (name, bytes) => store.write(name, bytes), onStep)
    await store.publish(new TextEncoder().encode(library.manifest()), library.sequence)
  })
}

/** The pictures of a site's bundle, whose thumbnails are files of their own, as a library that holds them. Vectors stay bit for bit. */
function copyPictures(reader: LibraryReader, bundle: BundleFiles, store: Store, onStep: OnStep): Promise<void> {
  return reader.read(async library => {
    const rows = library.newest(0, library.count).sort()
    const target = await newLibrary(reader, store)
    try {
      const add: string[] = []
      const size = Math.max(rowsOfSegment, Math.ceil(rows.length / mostSegments))
      for (let begin = 0; begin < rows.length; begin += size) {
        const builder = target.segmentBuilder()
        try {
          for (const { row, values, scale } of await readRows(reader, bundle, rows.subarray(begin, begin + size))) {
            expectValue(builder.carry(row, values, scale), row.id)
          }
          const { descriptor, files } = expectValue(builder.finish(), store.name)
          for (const { name, bytes } of files) {
            await store.write(name, bytes)
            expectValue(target.provide(name, bytes), store.name)
          }
          add.push(descriptor)
        } finally {
          builder.delete()
        }
        onStep(Math.min(begin + size, rows.length), rows.length)
      }
      const sources = bundle.head.sources.map(publicSource)
      const { manifest } = expectValue(target.nextManifest({ add, remove: [], deleteIds: [], sources }), store.name)
      expectValue(target.setManifest(manifest, ''), store.name)
      await store.publish(manifest, target.sequence)
    } finally {
      target.delete()
    }
  })
}

/** Without pictures, of the same space and mean. */
async function newLibrary(reader: LibraryReader, store: Store): Promise<CoreLibrary> {
  const start = { ...(await readStart(reader)), epoch: randomEpoch(), full: false }
  const { manifest, files } = reader.core.firstManifest(start)
  const library = reader.core.newLibrary()
  expectValue(library.setManifest(manifest, ''), store.name)
  for (const { name, bytes } of files) {
    await store.write(name, bytes)
    expectValue(library.provide(name, bytes), store.name)
  }
  return library
}

async function readRows(reader: LibraryReader, bundle: BundleFiles, rows: Uint32Array) {
  const { library } = reader
  const int8 = await readInt8(reader, library, rows)
  expectWhole(reader)
  const { dim } = library
  const read: { row: SegmentRow; values: Int8Array; scale: number }[] = []
  for (const [i, number] of rows.entries()) {
    const record = (await readRecord(reader, library, number)) as SiteRecord | undefined
    expectWhole(reader)
    const { thumbnail, ...rest } = record!
    const { id, sha256, size } = rest
    const jpeg = thumbnail === undefined ? undefined : await readBeside(reader.core, bundle, thumbnail)
    const row = {
      id,
      record: JSON.stringify(rest),
      vector: new Float32Array(),
      thumbnail: jpeg ?? (await readThumbnail(reader, library, number)) ?? new Uint8Array(),
      sha256,
      size,
      modified: 0,
    }
    read.push({ row, values: int8!.values.slice(i * dim, (i + 1) * dim), scale: int8!.scales[i]! })
  }
  return read
}

/** A thumbnail that a record names. Throws `corrupt` where it is not what it is named for. */
async function readBeside(core: Core, bundle: BundleFiles, thumbnail: string): Promise<Uint8Array | undefined> {
  const bytes = await bundle.read(decoded(thumbnail))
  const hash = thumbnailHash(thumbnail)
  if (!bytes || hash === undefined) return bytes
  if ((await hashOf(bytes, all => core.sha256(all))).startsWith(hash)) return bytes
  throw new PicfindError('corrupt', `${bundle.name}: ${thumbnail} is damaged; get the bundle again.`)
}

/** Addresses that were relative to the bundle lead nowhere from here. */
function publicSource({ name, url }: { name: string; url?: string }): { name: string; url?: string } {
  return url !== undefined && URL.canParse(url) ? { name, url } : { name }
}
