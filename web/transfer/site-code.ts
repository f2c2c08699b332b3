import { PicfindError, reasonOf } from '../engine/errors.ts'
import { sha256 } from '../engine/sha256.ts'

/** The code of bundles as the page's build lists it, in `site-code.json` beside the page. */
export interface SiteCode {
  /** Name of its folder: the sha256 of element.js. */
  code: string
  /** Path → sha256; each is at `site/` + path. */
  files: Record<string, string>
  /** The text of picfind.js. */
  loader: string
}

/** Fetches all of it, verified. Throws `download`. */
export async function* fetchSiteCode(
  page: string,
  { files }: SiteCode,
): AsyncGenerator<[path: string, bytes: Uint8Array]> {
  for (const [path, hash] of Object.entries(files)) {
    const bytes = await fetchBytes(new URL(`site/${path}`, page))
    if ((await sha256(bytes, () => '')) !== hash) {
      throw new PicfindError('download', `${path} is of another version than this page; reload the page and try again.`)
    }
    yield [path, bytes]
  }
}

export async function readSiteCode(page: string): Promise<SiteCode> {
  const bytes = await fetchBytes(new URL('site-code.json', page))
  return JSON.parse(new TextDecoder().decode(bytes)) as SiteCode
}

/** Past what the browser has kept of an earlier version. */
async function fetchBytes(url: URL): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { cache: 'no-cache' })
    if (response.ok) return new Uint8Array(await response.arrayBuffer())
    throw new Error(`status ${response.status}`)
  } catch (error) {
    const advice = 'The code that sites need comes from where this page is from: check the connection and try again.'
    throw new PicfindError('download', `${url} cannot be had (${reasonOf(error)}). ${advice}`, { cause: error })
  }
}
