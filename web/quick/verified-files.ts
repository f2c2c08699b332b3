/** Files of a bundle over HTTP, none of which gets in that is not what its name says. */
import { QuickError } from './errors.ts'
import type { FetchFile } from './lexicon.ts'
import { sha256 } from './sha256.ts'

/** undefined where the host has no such file. Errors: `offline`. */
async function bytesAt(url: URL, cache: RequestCache): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url, { cache })
    const bytes = new Uint8Array(await response.arrayBuffer())
    return response.ok ? bytes : undefined
  } catch (error) {
    throw new QuickError('offline', `${url.href} cannot be reached; check the connection.`, { cause: error })
  }
}

async function attempt(url: URL, hash: string, cache: RequestCache): Promise<Uint8Array | undefined> {
  const bytes = await bytesAt(url, cache)
  return bytes && (await sha256(bytes)).startsWith(hash) ? bytes : undefined
}

/** Whether the sha256 of what the browser has of an address begins so; undefined where that cannot be told. */
export async function isOf(hash: string, url: URL): Promise<boolean | undefined> {
  const bytes = await bytesAt(url, 'force-cache').catch(() => undefined)
  return bytes && (await sha256(bytes)).startsWith(hash)
}

/**
 * Fetches files by their names, the sha256 of their bytes, from the folder `base` (its address ends in a slash). `force-cache`: a name
 * never means other bytes. A wrong answer from the cache is fetched past it once. Errors: `stale` where the host has no such file or
 * sends something else, an HTML page for example; `offline` where it cannot be reached.
 */
export function verifiedFiles(base: string | URL): FetchFile {
  return async name => {
    const url = new URL(name, base)
    const bytes = (await attempt(url, name, 'force-cache')) ?? (await attempt(url, name, 'reload'))
    if (!bytes) {
      throw new QuickError(
        'stale',
        `${url.href} is missing or not what its name says; the bundle may have been replaced: fetch its manifest again.`,
      )
    }
    return bytes
  }
}
