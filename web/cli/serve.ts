import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { PicfindError } from '../engine/errors.ts'
import { printLine } from './output.ts'
import { findLibraryFolder, ownLibrary, packageFolder } from './places.ts'
import { type ServedLibrary, serveFiles } from './serve-files.ts'

function portNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65535) throw new InvalidArgumentError('Expected 0 to 65535.')
  return value
}

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .summary('serve the page, and libraries with it')
    .description('Serves the page on this machine until Ctrl-C, with the starter library and those that are named.')
    .argument('[libraries...]', 'folders of libraries, or folders that were indexed')
    .option('--port <number>', 'where to listen; the next free one if it is taken', portNumber, 8080)
    .option('--host <address>', 'let others connect through this address of the machine', '127.0.0.1')
    .action(async (places: string[], options: { port: number; host: string }) => {
      if (!existsSync(join(packageFolder, 'dist', 'app', 'index.html'))) {
        throw new PicfindError('not-found', `the page is not built in ${packageFolder}; run: npm run build`)
      }
      const { url } = await serveFiles({ ...options, libraries: servedLibraries(places) })
      printLine(`Picfind is at ${url} (Ctrl-C ends it)`)
    })
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
