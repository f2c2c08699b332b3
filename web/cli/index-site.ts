import { rm } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { loadCore } from '../engine/core-loader.ts'
import { shippedModels } from '../engine/models.ts'
import { folder, type Library, PicfindError, type Progress } from '../engine/node.ts'
import { LibraryReader, readSpaceId } from '../engine/reader.ts'
import { FolderStore } from '../engine/store-folder.ts'
import type { LeftOut } from '../publish/left-out.ts'
import { PictureNotes } from '../publish/picture-notes.ts'
import { type Published, publishBundle } from '../publish/publish-bundle.ts'
import { findSitePictures, type SitePictures } from '../publish/site-pictures.ts'
import { SiteSource } from '../publish/site-source.ts'
import { workFolder } from '../publish/work-folder.ts'
import { exitCode, usageError } from './exit.ts'
import { follow, type IndexOptions, summary } from './index-pictures.ts'
import { interruptible } from './interrupt.ts'
import { findModel } from './model-place.ts'
import { openLibrary } from './open-library.ts'
import { counted, note, printJson, printLine } from './output.ts'
import { coreAddress, ownBundle, packageFolder, pathInside, refuseAddress, requireFolder } from './places.ts'

/** What ids of a site's pictures begin with unless it is named. */
const defaultName = 'site'
/** Names of files that a line of the summary has room for. */
const mostNames = 5

/** Code and loader of bundles, as the build makes them. */
const siteCode = {
  folder: join(packageFolder, 'dist', 'site'),
  loader: join(packageFolder, 'dist', 'element', 'picfind.js'),
}

export async function indexSite(folderOfPictures: string, options: IndexOptions & { site: string }): Promise<number> {
  const started = performance.now()
  const { site } = options
  requireFolder(site)
  requireFolder(folderOfPictures)
  const place = options.out ?? join(site, ownBundle)
  refuseAddress(place)
  const own = pathInside(site, resolve(place))
  if (own === '') throw usageError('the bundle needs a folder of its own inside the site; name one with --out')
  const model = options.model ?? (await readSpaceId(new FolderStore(place))) ?? shippedModels[0]!
  const modelPlace = await findModel(model, options.acceptLicence)
  const work = workFolder(place, model)
  const name = options.name ?? defaultName
  const metadata = { gps: options.gps ?? false, all: options.allMetadata ?? false }
  const found = await findSitePictures(
    site,
    {
      include: includedFolders(folderOfPictures, options),
      exclude: options.exclude ?? [],
      own,
      urlPrefixes: options.urlPrefix ?? [],
      allPictures: options.allPictures ?? false,
      metadata,
    },
    await PictureNotes.read(work, metadata),
  )

  const libraryPlace = join(work, 'library')
  const { library, endDownloads } = await openWork(libraryPlace, { ...options, model })
  let last: Progress | undefined
  try {
    const source = new SiteSource(name, site, found.pictures)
    last = await follow(library.add(source, { signal: interruptible(), carryFrom: folder(place) }), endDownloads)
  } finally {
    await library.close()
  }
  if (last?.phase !== 'done') {
    note('picfind: stopped; nothing was published. What was done is kept, run the same command again to go on')
    return exitCode.interrupted
  }

  const core = await loadCore({ core: coreAddress, models: '' })
  const reader = new LibraryReader(core, new FolderStore(libraryPlace), () => {})
  try {
    await reader.refresh()
    await reader.holdLookups()
    const skipped = new Set(last.skipped.map(({ path }) => path))
    const published = await publishBundle({
      core,
      place: resolve(place),
      base: `${relative(resolve(place), resolve(site)).split(sep).join('/')}/`,
      source: name,
      originals: options.url,
      pictures: found.pictures.filter(({ file }) => !skipped.has(file.path)),
      work: reader,
      model: { manifest: modelPlace.manifest, text: modelPlace.text, read: file => modelPlace.files.read(file) },
      code: siteCode,
      queryPictures: options.queryPictures ?? false,
      keepPrevious: options.keep !== 0,
    })
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
    if (options.json)
      printJson({
        bundle: place,
        ...summary(last),
        leftOut: found.leftOut,
        located: found.located,
        pages: found.pages,
        ...published,
        seconds,
      })
    else describe(last, found, published, place)
    return last.skipped.length > 0 || found.leftOut.some(({ reason }) => reason === 'unreadable')
      ? exitCode.someSkipped
      : exitCode.ok
  } finally {
    await reader.close()
  }
}

/** Folders inside the site, from the folder of pictures and those inside it that are named. */
function includedFolders(pictures: string, { site, include }: IndexOptions & { site: string }): string[] {
  const root = pathInside(site, resolve(pictures))
  if (!include) return root === '' ? [] : [root]
  return include.map(path => pathInside(site, requireFolder(resolve(pictures, path))))
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

const reasons: Record<LeftOut['reason'], string> = {
  small: 'below 64 pixels',
  svg: 'SVG',
  excluded: 'excluded by name',
  ignored: 'data-picfind-ignore',
  noindex: 'only on pages with noindex',
  unmentioned: 'on no page (take them with --all-pictures)',
  unreadable: 'not readable',
}

function describe(last: Progress, { leftOut, located }: SitePictures, published: Published, place: string): void {
  for (const { path, reason } of last.skipped) note(`skipped ${path}: ${reason}`)
  for (const [reason, text] of Object.entries(reasons)) {
    const paths = leftOut.filter(entry => entry.reason === reason).map(({ path }) => path)
    if (paths.length > 0) note(`left out, ${text}: ${listed(paths)}`)
  }
  if (located.length > 0) {
    const files = located.length === 1 ? '1 published file tells' : `${located.length} published files tell`
    note(`picfind: ${files} where it was taken (GPS), to everyone who downloads it: ${listed(located)}`)
  }
  if (published.pictures === 0) note('picfind: there are no pictures to find')
  const { indexed, unchanged, renamed, deleted, skipped } = last
  const parts = Object.entries({ indexed, unchanged, renamed, deleted, skipped: skipped.length })
  const changes = parts.filter(([name, n]) => n > 0 || name === 'indexed').map(([name, n]) => `${n} ${name}`)
  const state = published.changed ? '' : ', which has not changed'
  printLine(`${changes.join(', ')}; ${counted(published.pictures, 'picture')} in ${place}${state}`)
}

function listed(paths: string[]): string {
  const more = paths.length - mostNames
  return `${paths.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
