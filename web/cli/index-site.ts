import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { loadCore } from '../engine/core-loader.ts'
import { shippedModels } from '../engine/models.ts'
import { folder, type Library, PicfindError, type Progress } from '../engine/node.ts'
import { LibraryReader, readSpaceId } from '../engine/reader.ts'
import { plainSourceName } from '../engine/source-name.ts'
import { FolderStore } from '../engine/store-folder.ts'
import { KeptBundle } from '../publish/kept-bundle.ts'
import { PictureNotes } from '../publish/picture-notes.ts'
import { type Published, publishBundle } from '../publish/publish-bundle.ts'
import { hasTables, type QuickTable, readQuickTable } from '../publish/quick-table.ts'
import { RemotePictures } from '../publish/remote-pictures.ts'
import { findSitePictures, type SiteOptions, type SitePictures } from '../publish/site-pictures.ts'
import { SiteSource } from '../publish/site-source.ts'
import { openWorkFolder } from '../publish/work-folder.ts'
import { exitCode, usageError } from './exit.ts'
import { follow, type IndexOptions } from './index-pictures.ts'
import { interruptible } from './interrupt.ts'
import { findModel, type ModelPlace } from './model-place.ts'
import { tablePieces } from './models-table.ts'
import { openLibrary } from './open-library.ts'
import { note, printJson } from './output.ts'
import {
  coreAddress,
  isInsideFolder,
  ownBundle,
  packageFolder,
  pathInside,
  refuseAddress,
  requireFile,
  requireFolder,
} from './places.ts'
import { describeSite } from './site-summary.ts'

/** What ids of a site's pictures begin with unless it is named. */
const defaultName = 'site'

/** In the site's root, unless another is named. */
const captionsFile = 'captions.jsonl'

/** Code and loader of bundles, as the build makes them. */
const siteCode = {
  folder: join(packageFolder, 'dist', 'site'),
  loader: join(packageFolder, 'dist', 'element', 'picfind.js'),
}

interface SiteIndexOptions extends IndexOptions {
  site: string
}

/** One run over a site. */
interface SiteRun {
  site: string
  options: SiteIndexOptions
  /** Folder of the bundle. */
  place: string
  /** The same, inside the site. */
  own: string
  model: string
  modelPlace: ModelPlace
  name: string
  /** Folder of what is kept between runs. */
  work: string
}

export async function indexSite(folderOfPictures: string, options: SiteIndexOptions): Promise<number> {
  const started = performance.now()
  const { site, cache } = options
  requireFolder(site)
  requireFolder(folderOfPictures)
  const include = includedFolders(folderOfPictures, options)
  const place = options.out ?? join(site, ownBundle)
  refuseAddress(place)
  const own = pathInside(site, resolve(place))
  if (own === '') throw usageError('the bundle needs a folder of its own inside the site; name one with --out')
  if (typeof cache === 'string') requireOutside(cache, site)
  const model = options.model ?? (await readSpaceId(new FolderStore(place))) ?? shippedModels[0]!
  const modelPlace = await findModel(model, options.acceptLicence)
  await requireWritable(place)
  const work = await openWorkFolder(place, model, cache)
  try {
    const name = plainSourceName(options.name ?? defaultName)
    const run: SiteRun = { site, options, place, own, model, modelPlace, name, work: work.path }
    const remote = await RemotePictures.read(work.path)
    const found = await findPictures(run, include, remote)
    const kept = cache === false ? undefined : new KeptBundle(join(work.path, 'bundle'))
    if (!existsSync(join(place, 'manifest.json'))) await kept?.restore(place)
    const indexed = await indexFound(run, found)
    if (indexed?.phase !== 'done') {
      note('picfind: stopped; nothing was published. What was done is kept, run the same command again to go on')
      return exitCode.interrupted
    }
    const table = await readQuickTable(modelPlace.manifest, tablePieces)
    const quickWords = table !== undefined || hasTables(modelPlace.manifest)
    const published = await publish(run, found, indexed, { kept, table })
    await remote.dropBytes()
    const { skipped } = indexed
    const { leftOut, located, captions, pages } = found
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
    const { update, ...rest } = published
    if (options.json) {
      const lists = { skipped, leftOut, located, captions }
      printJson({ bundle: place, found: indexed.found, ...update, ...lists, pages, ...rest, quickWords, seconds })
    } else describeSite(found, skipped, published, place)
    if (!quickWords) {
      note(
        `picfind: words need full search on this site, for ${modelPlace.manifest.id} has no table for quick search; make one once with: picfind models table ${model}`,
      )
    }
    const isUnreadable = leftOut.some(({ reason }) => reason === 'unreadable')
    return skipped.length === 0 && captions.length === 0 && !isUnreadable ? exitCode.ok : exitCode.someSkipped
  } finally {
    await work.release()
  }
}

/** Before hours of work for a bundle that cannot be written. Throws `read-only`, `busy`. */
async function requireWritable(place: string): Promise<void> {
  const lock = await new FolderStore(place).lockWriter()
  await lock?.release()
}

/** What is kept between runs is nobody else's business. */
function requireOutside(cache: string, site: string): void {
  refuseAddress(cache)
  if (isInsideFolder(site, cache))
    throw usageError(`${resolve(cache)} would be published with the site: name a folder outside of it with --cache`)
}

/** Folders inside the site, from the folder of pictures and those inside it that are named. */
function includedFolders(pictures: string, { site, include }: SiteIndexOptions): string[] {
  const root = pathInside(site, resolve(pictures))
  if (!include) return root === '' ? [] : [root]
  return include.map(path => pathInside(site, requireFolder(resolve(pictures, path))))
}

async function findPictures(
  { site, options, own, work }: SiteRun,
  include: string[],
  remote: RemotePictures,
): Promise<SitePictures> {
  const metadata = { gps: options.gps ?? false, all: options.allMetadata ?? false }
  const siteOptions: SiteOptions = {
    include,
    exclude: options.exclude ?? [],
    own,
    urlPrefixes: options.urlPrefix ?? [],
    allPictures: options.allPictures ?? false,
    metadata,
    captions: readCaptionsFile(site, options.captions),
  }
  return findSitePictures(site, siteOptions, { pictures: await PictureNotes.read(work, metadata), remote })
}

/** The file that is named, or the site's own; '' where there is none. */
function readCaptionsFile(site: string, named: string | undefined): string {
  const path = named === undefined ? join(site, captionsFile) : requireFile(named)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

const libraryOf = ({ work }: SiteRun): string => join(work, 'library')

/** Brings the work library up to date; undefined if it was stopped before it began. */
async function indexFound(run: SiteRun, { pictures }: SitePictures): Promise<Progress | undefined> {
  const { site, options, place, name, model } = run
  const { library, endDownloads } = await openWork(libraryOf(run), { ...options, model })
  try {
    const source = new SiteSource(name, site, pictures)
    return await follow(library.add(source, { signal: interruptible(), carryFrom: folder(place) }), endDownloads)
  } finally {
    await library.close()
  }
}

async function publish(
  run: SiteRun,
  { pictures }: SitePictures,
  indexed: Progress,
  { kept, table }: { kept: KeptBundle | undefined; table: QuickTable | undefined },
): Promise<Published> {
  const { site, options, place, name, modelPlace } = run
  const core = await loadCore({ core: coreAddress, models: '' })
  const reader = new LibraryReader(core, new FolderStore(libraryOf(run)), () => {})
  try {
    await reader.refresh()
    await reader.holdLookups()
    const skipped = new Set(indexed.skipped.map(({ path }) => path))
    return await publishBundle({
      core,
      place: resolve(place),
      base: `${relative(resolve(place), resolve(site)).split(sep).join('/')}/`,
      source: name,
      originals: options.url,
      pictures: pictures.filter(({ file }) => !skipped.has(file.path)),
      work: reader,
      model: { manifest: modelPlace.manifest, text: modelPlace.text, read: file => modelPlace.files.read(file), table },
      code: siteCode,
      queryPictures: options.queryPictures ?? false,
      keepPrevious: options.keep !== 0,
      kept,
    })
  } finally {
    await reader.close()
  }
}

/** What is kept of an earlier run is made again if it does not fit the model any more. */
async function openWork(
  place: string,
  options: IndexOptions & { model: string },
): Promise<{ library: Library; endDownloads: () => void }> {
  try {
    return await openLibrary(folder(place), options)
  } catch (error) {
    if (!(error instanceof PicfindError) || !['space', 'corrupt', 'version'].includes(error.code)) throw error
    await rm(place, { recursive: true, force: true })
    return openLibrary(folder(place), options)
  }
}
