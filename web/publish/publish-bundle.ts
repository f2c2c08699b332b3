import { existsSync } from 'node:fs'
import type { BundleEntry, Core } from '../engine/core.ts'
import { PicfindError } from '../engine/errors.ts'
import { LibraryReader } from '../engine/reader.ts'
import { readRecord } from '../engine/records.ts'
import { pictures as pictureVectors } from '../engine/stored-vectors.ts'
import type { PictureRecord } from '../engine/types.ts'
import { quickFormat } from '../quick/formats.ts'
import { descriptorOf } from './bundle-descriptor.ts'
import { BundleFolder } from './bundle-folder.ts'
import { keepFullList } from './bundle-full.ts'
import { type BundleBase, BundleLibrary, type BundleRow, type BundleStart, firstBase } from './bundle-library.ts'
import { keepModel, type ModelEntry, type PublishedModel } from './bundle-model.ts'
import { keepQuick, type PreviousQuick, type QuickEntry } from './bundle-quick.ts'
import { thumbnailOf } from './bundle-thumbnails.ts'
import { type BundleUpdate, compareBundles } from './bundle-update.ts'
import { bundleVectors } from './bundle-vectors.ts'
import { filesToKeep } from './generations.ts'
import type { KeptBundle } from './kept-bundle.ts'
import type { SitePicture } from './site-pictures.ts'
import { siteRecord } from './site-record.ts'

/** What pages load, as the package's build makes it; a bundle can be written before there is any. */
export interface SiteCode {
  /** Folder that is copied as it is. */
  folder: string
  loader: string
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
  queryPictures: boolean
  /** Keeps the generation before for pages that are open. */
  keepPrevious: boolean
  /** Keeps what was made; undefined to keep it nowhere but in the bundle. */
  kept: KeptBundle | undefined
}

export interface Published {
  pictures: number
  update: BundleUpdate
  /** False where the bundle was as it should be. */
  changed: boolean
  sequence: number
}

/** Brings a bundle up to date: files first, then the manifest that names them in one step, then what is not needed any more goes. */
export async function publishBundle(request: PublishRequest): Promise<Published> {
  const folder = new BundleFolder(request.place)
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

/** undefined where there is none to follow on: a damaged one, one of another space, or a library for its owner is replaced. Throws `version`. */
async function openPrevious(
  { core, work }: Pick<PublishRequest, 'core' | 'work'>,
  { store }: Pick<BundleFolder, 'store'>,
): Promise<LibraryReader | undefined> {
  const reader = new LibraryReader(core, store, () => {})
  try {
    await reader.refresh()
    await reader.holdLookups()
    if (work.manifest) reader.accept(work.manifest.space.sha256)
    if (reader.manifest && !storedManifest(reader).full && (await meanFile(reader))) return reader
  } catch (error) {
    if (!(error instanceof PicfindError) || error.code === 'version') throw error
  }
  await reader.close()
  return undefined
}

interface StoredManifest {
  dim: number
  full: boolean
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
  const { core, source, originals } = request
  const rows = await readRows(request, folder, previous)
  const base = await baseOf(request, previous, rows)
  const library = new BundleLibrary(core, base, rows, [{ name: source, url: originals ?? request.base }])
  try {
    for (const { bytes } of library.files) folder.keep(bytes)
    const bundle = await keepBeside(request, folder, library, rows, await previousQuick(previous, folder))
    const changed = !previous || !library.isCurrent(bundle)
    if (changed && previous) folder.keep(base.manifest)
    await folder.flush()
    const manifest = changed ? library.manifest(bundle) : base.manifest
    const update = compareBundles(
      previous?.library,
      rows.map(({ record }) => record),
    )
    const { sequence } = JSON.parse(new TextDecoder().decode(manifest)) as { sequence: number }
    if (changed) await folder.store.publish(manifest)
    const records = new Map(rows.map(({ record }) => [record.id, record]))
    await folder.clean(await filesToKeep(core, folder, records, request.keepPrevious))
    await request.kept?.keep(folder.path, await modelFiles(folder, bundle))
    return { pictures: rows.length, update, changed, sequence }
  } finally {
    library.close()
  }
}

/** All that is in a bundle beside its library: model, code, quick search and the descriptor that names them. */
async function keepBeside(
  { core, base, code, model, queryPictures }: PublishRequest,
  folder: BundleFolder,
  library: BundleLibrary,
  rows: readonly BundleRow[],
  previousQuick: PreviousQuick | undefined,
): Promise<BundleEntry> {
  const { vectors, names } = library.load()
  const { entry, files } = await keepModel(model, folder, queryPictures)
  const full = keepFullList(folder, library.files, names, files, queryPictures)
  const codeName = code && existsSync(code.folder) ? await folder.copyCode(code.folder) : undefined
  if (code && codeName !== undefined) await folder.copyLoader(code.loader)
  const pictures = rows.map(({ record }, i) => ({ record, vector: vectors[i]! }))
  const { manifest, read } = model.table ?? model
  const request = { rows: pictures, model: manifest, read, core, project: model.table?.project }
  // The code that reads quick search and the code that writes it are of one version.
  const from = [quickFormat, codeName, entry, library.segments, model.table?.sha256]
  const quick = await keepQuick(request, folder, previousQuick, {
    model: `${quickFormat} ${codeName} ${folder.keep(model.text)} ${model.table?.sha256}`,
    from,
  })
  const file = folder.keep(descriptorOf({ base, full, model: entry, quick }))
  return codeName === undefined ? { file } : { file, code: codeName }
}

async function modelFiles(folder: BundleFolder, { file }: BundleEntry): Promise<Set<string>> {
  const { model } = JSON.parse(new TextDecoder().decode(await folder.read(file))) as { model: ModelEntry }
  return new Set(Object.values(model.files).flat())
}

async function previousQuick(
  previous: LibraryReader | undefined,
  folder: BundleFolder,
): Promise<PreviousQuick | undefined> {
  const name = previous?.manifest?.bundle?.file
  const bytes = name === undefined ? undefined : await folder.read(name)
  const entry = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { quick?: QuickEntry }).quick
  if (!previous || !entry) return undefined
  const vectorOf = (id: string) => {
    const row = previous.library.rowOf(id)
    const vector = row < 0 ? undefined : previous.library.vector(pictureVectors, row)
    return vector?.length ? vector : undefined
  }
  return { entry, vectorOf }
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
    const thumbnail = await thumbnailOf({ core, work, previous, folder, base }, picture, row, record.sha256)
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
