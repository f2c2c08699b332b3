import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { PicfindError } from '../engine/errors.ts'
import { usageError } from './exit.ts'
import { type ListenOptions, lastPort } from './listen.ts'
import { printLine } from './output.ts'
import { findLibraryFolder, ownBundle, ownLibrary, packageFolder, requireFolder } from './places.ts'
import { type ServedLibrary, serveFiles } from './serve-files.ts'
import { serveSite } from './serve-site.ts'

interface ServeCommandOptions extends ListenOptions {
  isolate?: boolean
}

function portNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > lastPort) throw new InvalidArgumentError('Expected 0 to 65535.')
  return value
}

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .summary('serve the page and libraries with it, or a site')
    .description(
      'Serves the page on this machine until Ctrl-C, with the starter library and those that are named. ' +
        'A folder that is a built site is served as a static host would.',
    )
    .argument('[folders...]', 'folders of libraries, folders that were indexed, or one site')
    .option('--isolate', 'with a site: the headers for cross-origin isolation, which lets pages use threads')
    .option('--port <number>', 'where to listen; the next free one if it is taken', portNumber, 8080)
    .option('--host <address>', 'let others connect through this address of the machine', '127.0.0.1')
    .action(async (places: string[], { isolate = false, ...options }: ServeCommandOptions) => {
      const [first, ...others] = places
      if (first !== undefined && others.length === 0 && isSite(first)) {
        const { url } = await serveSite({ ...options, folder: resolve(first), isolate })
        printLine(`${first} is at ${url} (Ctrl-C ends it)`)
        return
      }
      const site = places.find(isSite)
      if (site !== undefined)
        throw usageError(`${resolve(site)} is a site, which is served alone: name no other folder`)
      if (isolate) throw usageError('--isolate goes with one site')
      if (!existsSync(join(packageFolder, 'dist', 'app', 'index.html'))) {
        throw new PicfindError('not-found', `the page is not built in ${packageFolder}; run: npm run build`)
      }
      const { url } = await serveFiles({ ...options, libraries: servedLibraries(places) })
      printLine(`Picfind is at ${url} (Ctrl-C ends it)`)
    })
}

/** A folder with a page or a bundle in it that is no library itself. */
function isSite(place: string): boolean {
  requireFolder(place)
  const has = (name: string) => existsSync(join(place, name))
  return !has('manifest.json') && !has(ownLibrary) && (has('index.html') || has(join(ownBundle, 'manifest.json')))
}

/** Named by their folders, `.picfind` by the folder it belongs to; others of the same name are numbered. */
function servedLibraries(places: string[]): ServedLibrary[] {
  const taken = new Set(['starter'])
  return places.map(place => {
    const folder = resolve(findLibraryFolder(place))
    const wanted = basename(basename(folder) === ownLibrary ? dirname(folder) : folder)
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted} ${n}`
    taken.add(name)
    return { name, folder }
  })
}
