import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { PicfindError, reasonOf } from '../engine/errors.ts'

/** Where the vectors of a site's pictures are kept between runs, with all that is nobody else's business. */
export interface WorkFolder {
  path: string
  /** Call it when the run is over. */
  release(): Promise<void>
}

/**
 * One for each bundle and model. `cache`: a folder to keep it in, where bundles are known by their place beside the current folder, so
 * that it may be carried to another machine; undefined for the user's cache folder, by the XDG base directory specification; false for
 * none, which keeps nothing. Throws `read-only`.
 */
export async function openWorkFolder(
  bundle: string,
  model: string,
  cache: string | false | undefined,
): Promise<WorkFolder> {
  if (cache === false) {
    const path = await mkdtemp(join(tmpdir(), 'picfind-'))
    return { path, release: () => rm(path, { recursive: true, force: true }) }
  }
  const path = placeOf(bundle, model, cache)
  await mkdir(path, { recursive: true }).catch(error => {
    const advice = 'Name another folder with --cache, or do without with --no-cache.'
    throw new PicfindError('read-only', `The cache ${path} cannot be written (${reasonOf(error)}). ${advice}`)
  })
  return { path, release: async () => {} }
}

function placeOf(bundle: string, model: string, cache: string | undefined): string {
  if (cache !== undefined) {
    const place = relative(process.cwd(), resolve(bundle)).replaceAll(sep, '/')
    return join(resolve(cache), nameOf(place, model))
  }
  const users = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(users, 'picfind', 'sites', nameOf(resolve(bundle), model))
}

function nameOf(place: string, model: string): string {
  return createHash('sha256').update(`${place}\0${model}`).digest('hex').slice(0, 32)
}
