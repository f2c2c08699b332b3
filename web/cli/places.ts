import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder, http, type StoreDescription } from '../engine/node.ts'
import { usageError } from './exit.ts'

/** Where the library of a folder of pictures is unless another place is named; indexing skips hidden folders. */
export const ownLibrary = '.picfind'

/** Where a bundle is in its site unless another place is named. */
export const ownBundle = 'picfind'

/** Of the installed package, or of the checkout. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Folder of the wasm core, as an address. */
export const coreAddress = new URL('../core/', import.meta.url).href

export function requireFolder(path: string): string {
  refuseAddress(path)
  const info = statSync(path, { throwIfNoEntry: false })
  if (!info) throw usageError(`there is no folder ${resolve(path)}`)
  if (!info.isDirectory()) throw usageError(`${resolve(path)} is not a folder`)
  return path
}

/** For folders that may still have to be made. */
export function refuseAddress(path: string): void {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw usageError(`${path} is an address; name a place on this machine`)
}

export function requireFile(path: string): string {
  refuseAddress(path)
  const info = statSync(path, { throwIfNoEntry: false })
  if (!info) throw usageError(`there is no file ${resolve(path)}`)
  if (info.isDirectory()) throw usageError(`${resolve(path)} is a folder; name a file`)
  return path
}

/**
 * How a folder is called inside `root`, `/`-separated: as the disk spells it, links by their own names. Throws `usage` for one that is
 * outside.
 */
export function pathInside(root: string, path: string): string {
  const place = resolve(root, path)
  const named = relative(resolve(root), place)
  const real = relative(realpathSync.native(root), existsSync(place) ? realpathSync.native(place) : place)
  const found = isOutside(named) || sameLetters(named, real) ? real : named
  if (isOutside(found)) throw usageError(`${place} is not inside ${resolve(root)}; name a folder in it`)
  return found.replaceAll(sep, '/')
}

/** Whether a place that need not be there yet is in a folder, by whatever links. */
export function isInsideFolder(folder: string, place: string): boolean {
  let known = resolve(place)
  while (!existsSync(known)) known = dirname(known)
  const real = join(realpathSync.native(known), relative(known, resolve(place)))
  return !isOutside(relative(realpathSync.native(folder), real))
}

function isOutside(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
}

/** A disk may take other cases and forms of letters for the same name. */
function sameLetters(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase()
}

/** The folder of a library: the folder named, or its `.picfind`. */
export function findLibraryFolder(path: string): string {
  requireFolder(path)
  const found = [path, join(path, ownLibrary)].find(place => existsSync(join(place, 'manifest.json')))
  if (found) return found
  throw usageError(`there is no library in ${resolve(path)}; make one with: picfind index ${path}`)
}

/** A library to read: a folder or an address. */
export function findLibrary(place: string): StoreDescription {
  return /^https?:\/\//.test(place) ? http(place) : folder(findLibraryFolder(place))
}
