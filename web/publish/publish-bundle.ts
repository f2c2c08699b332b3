import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { BundleEntry, Core } from '../engine/core.ts'
import { PicfindError } from '../engine/errors.ts'
import type { ModelManifest } from '../engine/models.ts'
import { LibraryReader } from '../engine/reader.ts'
import { readRecord } from '../engine/records.ts'
import type { PictureRecord, SiteRecord } from '../engine/types.ts'
import { BundleFolder } from './bundle-folder.ts'
import { type BundleBase, BundleLibrary, type BundleRow, type BundleStart, firstBase } from './bundle-library.ts'
import { keepModel, type PublishedModel } from './bundle-model.ts'
import { thumbnailOf } from './bundle-thumbnails.ts'
import { bundleVectors } from './bundle-vectors.ts'
import { filesToKeep } from './generations.ts'
import type { SitePicture } from './site-pictures.ts'
import { siteRecord } from './site-record.ts'

/** What pages load, as the package's build makes it; a bundle can be written before there is any. */
export interface SiteCode {
  /** Folder that is copied as it is. */
  folder: string
  loader: string
}

/** Writes the files of quick search through `keep`, which names them, and returns the name of the descriptor. */
export type WriteQuick = (request: QuickRequest) => Promise<string | undefined>

export interface QuickRequest {
  /** In the order of the library's rows. */
  rows: Iterable<{ record: SiteRecord; vector: Float32Array }>
  model: ModelManifest
  /** Reads a file of the model. */
  read: PublishedModel['read']
  keep: (bytes: Uint8Array) => string
}

export interface PublishRequest {
  core: Core
  /** Folder of the bundle. */
  place: string
  /** The site's root, relative to the bundle; ends in a slash. */
  base: string
  /** What ids begin with. */
  source: string
  /** Where originals are public, if not in the site. */
  originals: string | undefined
  /** The site's pictures in the order of their paths, all of them indexed in `work`. */
  pictures: SitePicture[]
  work: LibraryReader
  model: PublishedModel
  code: SiteCode | undefined
  writeQuick: WriteQuick | undefined
  queryPictures: boolean
  /** Keeps the generation before for pages that are open. */
  keepPrevious: boolean
}

export interface Published {
  pictures: number
  /** False where the bundle was as it should be. */
  changed: boolean
  sequence: number
}

/** Brings a bundle up to date: files first, then the manifest that names them in one step, then what is not needed any more goes. */
export async function publishBundle(request: PublishRequest): Promise<Published> {
  const folder = new BundleFolder(request.place)
  await mkdir(request.place, { recursive: true })
  const lock = await folder.store.lockWriter()
  if (!lock)
    throw new PicfindError('busy', `Another process is writing to ${request.place}; try again when it is done.`)
  try {
    const previous = await openPrevious(request, folder)
    try {
      return await publish(request, folder, previous)
    } finally {
      await previous?.close()
    }
  } finally {
    await lock.release()
  }
}

/** undefined where there is none to follow on: a damaged one, or one of another space, is replaced. Throws `version`. */
export async function openPrevious(
  { core, work }: Pick<PublishRequest, 'core' | 'work'>,
  { store }: Pick<BundleFolder, 'store'>,
): Promise<LibraryReader | undefined> {
  const reader = new LibraryReader(core, store, () => {})
  try {
    await reader.refresh()
    if (work.manifest) reader.accept(work.manifest.space.sha256)
    if (reader.manifest && (await meanFile(reader))) return reader
  } catch (error) {
    if (!(error instanceof PicfindError) || error.code === 'version') throw error
  }
  await reader.close()
  return undefined
}

interface StoredManifest {
  dim: number
  mean: string
  space: { id: string; sha256: string }
}

function storedManifest(reader: LibraryReader): StoredManifest {
  return JSON.parse(reader.library.manifest()) as StoredManifest
}

function meanFile(reader: LibraryReader): Promise<Uint8Array | undefined> {
  return reader.read(() => reader.file(storedManifest(reader).mean))
}

async function publish(
  request: PublishRequest,
  folder: BundleFolder,
  previous: LibraryReader | undefined,
): Promise<Published> {
  const { core, code } = request
  const rows = await readRows(request, folder, previous)
  const base = await baseOf(request, previous, rows)
  const { source, base: site, originals } = request
  const library = new BundleLibrary(core, base, rows, { name: source, url: originals ?? site })
  try {
    for (const { bytes } of library.files) folder.keep(bytes)
    const { vectors, bytes } = library.load()
    const model = await keepModel(request.model, folder, request.queryPictures)
    const quick = await request.writeQuick?.({
      rows: rows.map(({ record }, i) => ({ record, vector: vectors[i]! })),
      model: request.model.manifest,
      read: file => request.model.read(file),
      keep: content => folder.keep(content),
    })
    const descriptor = sortedJson({
      format: 1,
      base: site,
      model: model.entry,
      bytes: { full: bytes + model.bytes },
      ...(quick === undefined ? {} : { quick: { file: quick } }),
    })
    const bundle: BundleEntry = { file: folder.keep(new TextEncoder().encode(descriptor)) }
    if (code && existsSync(code.folder)) {
      bundle.code = await folder.copyCode(code.folder)
      await folder.copyLoader(code.loader)
    }
    const changed = !previous || !library.isCurrent(bundle)
    if (changed && previous) folder.keep(base.manifest)
    await folder.flush()
    const manifest = changed ? library.manifest(bundle) : base.manifest
    const { sequence } = JSON.parse(new TextDecoder().decode(manifest)) as { sequence: number }
    if (changed) await folder.store.publish(manifest)
    const records = new Map(rows.map(({ record }) => [record.id, record]))
    await folder.clean(await filesToKeep(core, folder, records, request.keepPrevious))
    return { pictures: rows.length, changed, sequence }
  } finally {
    library.close()
  }
}

async function readRows(
  { core, work, pictures, source, base }: PublishRequest,
  folder: BundleFolder,
  previous: LibraryReader | undefined,
): Promise<BundleRow[]> {
  const indexed = await work.read(async library => {
    const found: { picture: SitePicture; row: number; record: PictureRecord }[] = []
    for (const picture of pictures) {
      const row = library.rowOf(`${source}/${picture.file.path}`)
      const record = row < 0 ? undefined : await readRecord(work, library, row)
      if (record) found.push({ picture, row, record })
    }
    return found
  })
  const hashes = [...new Set(indexed.map(({ record }) => record.sha256))]
  const vectors = await bundleVectors(hashes, previous, work)
  const rows: BundleRow[] = []
  for (const { picture, row, record } of indexed) {
    const vector = vectors.get(record.sha256)
    if (!vector) throw new PicfindError('corrupt', `The vector of ${picture.file.path} is lost; index again.`)
    const thumbnail = await thumbnailOf({ core, work, folder, base }, picture, row, record.sha256)
    rows.push({ record: siteRecord(record, picture, thumbnail), vector })
  }
  return rows
}

async function baseOf(
  { core, work, model }: PublishRequest,
  previous: LibraryReader | undefined,
  rows: BundleRow[],
): Promise<BundleBase> {
  if (previous) {
    const { mean } = storedManifest(previous)
    const bytes = (await meanFile(previous))!
    return { manifest: new TextEncoder().encode(previous.library.manifest()), mean: { name: mean, bytes } }
  }
  const { space, dim } = storedManifest(work)
  const start: BundleStart = { space, dim, mean: undefined }
  if (model.manifest.mean) {
    const bytes = await model.read(model.manifest.mean)
    start.mean = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  }
  return firstBase(core, start, rows)
}

/** Compact, keys in order, so that the same content is the same bytes. */
function sortedJson(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner
  return JSON.stringify(value, sorted)
}
