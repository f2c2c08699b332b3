import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Where the vectors of a site's pictures are kept between runs, with all that is nobody else's business: in the user's cache folder,
 * by the XDG base directory specification, one for each bundle and model.
 */
export function workFolder(bundle: string, model: string): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const name = createHash('sha256')
    .update(`${resolve(bundle)}\0${model}`)
    .digest('hex')
    .slice(0, 32)
  return join(cache, 'picfind', 'sites', name)
}
