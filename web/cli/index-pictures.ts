import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { folder, type Progress, sourceFromFolder } from '../engine/node.ts'
import { exitCode, usageError } from './exit.ts'
import { interruptible } from './interrupt.ts'
import { decodingOption, licenceOption, type ModelOptions, modelOption, openLibrary } from './open-library.ts'
import { counted, note, printJson, printLine } from './output.ts'
import { ownLibrary, pathInside, refuseAddress, requireFolder } from './places.ts'
import { displayProgress } from './progress.ts'

export interface IndexOptions extends ModelOptions {
  out?: string
  include?: string[]
  exclude?: string[]
  name?: string
  url?: string
  json?: boolean
  site?: string
  urlPrefix?: string[]
  allPictures?: boolean
  gps?: boolean
  allMetadata?: boolean
  queryPictures?: boolean
  keep?: number
  cache?: string | false
  captions?: string
}

/** Options that say something about a bundle only. */
const siteOptions = [
  'urlPrefix',
  'allPictures',
  'gps',
  'allMetadata',
  'queryPictures',
  'keep',
  'cache',
  'captions',
] as const

function zeroOrOne(text: string): number {
  if (text !== '0' && text !== '1') throw new InvalidArgumentError('Expected 0 or 1.')
  return Number(text)
}

/** Of `--url-prefix <address...>`: called for each. */
function sitePrefix(text: string, before: string[] = []): string[] {
  const isPath = /^\/(?!\/)/.test(text)
  if (!isPath && !(URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) {
    throw new InvalidArgumentError('Expected an address such as https://cdn.example.com/, or a path such as /blog/.')
  }
  return [...before, text]
}

export function addIndexCommand(program: Command): void {
  program
    .command('index')
    .summary('index a folder of pictures')
    .description(
      'Makes a library of the pictures in a folder, or brings it up to date: only new and changed pictures cost time. ' +
        'Exit code: 0 all indexed, 3 some skipped (they are listed), 1 failed, 2 wrong arguments, 130 interrupted.',
    )
    .argument('[folder]', 'the pictures', '.')
    .option('-o, --out <library>', `folder of the library (default: FOLDER/${ownLibrary})`)
    .addOption(modelOption())
    .option('--include <path...>', 'index only these folders inside FOLDER')
    .option('--exclude <path...>', 'leave these folders inside FOLDER out; with --site: patterns as in .gitignore')
    .option('--name <name>', 'name of this folder in the library (default: the folder’s own)')
    .option('--url <address>', 'where the pictures will be public, for a library on a site')
    .addOption(licenceOption())
    .addOption(decodingOption())
    .option('--site <folder>', 'the built site that FOLDER is, or is in: writes picture search for it to SITE/picfind')
    .option(
      '--url-prefix <address...>',
      'with --site: addresses that stand for its root, such as https://cdn.example.com/',
      sitePrefix,
    )
    .option(
      '--captions <file>',
      'with --site: texts for pictures, and pictures that are elsewhere on the web, as JSON lines (default: SITE/captions.jsonl)',
    )
    .option('--all-pictures', 'with --site: pictures that no page shows, too')
    .option('--gps', 'with --site: publish where pictures were taken')
    .option(
      '--all-metadata',
      'with --site: publish all that the files say of themselves, GPS and names of owners included',
    )
    .option(
      '--query-pictures',
      'with --site: let visitors search by pictures of their own (a larger download for them)',
    )
    .option(
      '--keep <generations>',
      'with --site: 1 keeps the generation before for pages that are open, 0 does not',
      zeroOrOne,
    )
    .option(
      '--cache <folder>',
      'with --site: what is kept between runs (default: in the user’s cache folder); for a job that starts from nothing, ' +
        'name one that it keeps',
    )
    .option('--no-cache', 'with --site: keep nothing between runs but the bundle itself')
    .option('--json', 'print one JSON object at the end')
    .action(async (pictures: string, options: IndexOptions) => {
      const { site } = options
      if (site !== undefined) {
        // What reads pages and metadata is loaded by this command only.
        const { indexSite } = await import('./index-site.ts')
        process.exitCode = await indexSite(pictures, { ...options, site })
        return
      }
      const stray = siteOptions.find(option => options[option] !== undefined)
      if (stray)
        throw usageError(`--${stray.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} goes with --site`)
      process.exitCode = await indexPictures(pictures, options)
    })
}

async function indexPictures(pictures: string, options: IndexOptions): Promise<number> {
  requireFolder(pictures)
  for (const path of options.include ?? []) requireFolder(resolve(pictures, path))
  const include = options.include?.map(path => pathInside(pictures, path))
  const exclude = options.exclude?.map(path => pathInside(pictures, path))
  for (const path of exclude ?? []) {
    // No mistake where several folders are indexed with the same options.
    if (!existsSync(join(pictures, path))) note(`picfind: there is no folder ${resolve(pictures, path)} to leave out`)
  }
  const place = options.out ?? join(pictures, ownLibrary)
  refuseAddress(place)
  const source = sourceFromFolder(pictures, { name: options.name, url: options.url })
  const { library, endDownloads } = await openLibrary(folder(place), options)
  try {
    const started = performance.now()
    const last = await follow(library.add(source, { signal: interruptible(), include, exclude }), endDownloads)
    const { pictures: count } = await library.info()
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
    if (last?.phase === 'done' && last.found === 0) note(`picfind: there are no pictures in ${resolve(pictures)}`)
    if (options.json) printJson({ library: place, ...summary(last), pictures: count, seconds })
    else describe(last, count, place)
    if (last?.phase !== 'done') {
      note('picfind: stopped; what was done is kept, run the same command again to go on')
      return exitCode.interrupted
    }
    return last.skipped.length > 0 ? exitCode.someSkipped : exitCode.ok
  } finally {
    await library.close()
  }
}

/** Shows the progress and returns the last one; undefined if it was stopped before the first. */
export async function follow(steps: AsyncIterable<Progress>, endDownloads: () => void): Promise<Progress | undefined> {
  const display = displayProgress('Indexing')
  let last: Progress | undefined
  try {
    for await (const progress of steps) {
      last = progress
      endDownloads()
      const { done, found: total, picturesPerSecond, secondsLeft: left } = progress
      const rate = picturesPerSecond > 0 ? `${picturesPerSecond.toFixed(1)} pictures/s` : ''
      display.show({ done, total, rate, left })
    }
    return last
  } finally {
    display.end()
  }
}

function summary(last: Progress | undefined) {
  const { found = 0, indexed = 0, unchanged = 0, renamed = 0, deleted = 0, skipped = [] } = last ?? {}
  return { found, indexed, unchanged, renamed, deleted, skipped, done: last?.phase === 'done' }
}

function describe(last: Progress | undefined, count: number, place: string): void {
  const { skipped, indexed, unchanged, renamed, deleted } = summary(last)
  for (const { path, reason } of skipped) note(`skipped ${path}: ${reason}`)
  const parts = Object.entries({ indexed, unchanged, renamed, deleted, skipped: skipped.length })
  const changes = parts.filter(([name, n]) => n > 0 || name === 'indexed').map(([name, n]) => `${n} ${name}`)
  printLine(`${changes.join(', ')}; ${counted(count, 'picture')} in ${place}`)
}
