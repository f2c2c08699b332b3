import { reasonOf } from '../engine/errors.ts'
import { type CaptionLine, type LineTrouble, parseCaptions } from './captions.ts'
import { inOrder } from './in-order.ts'
import { type RemotePicture, type RemotePictures, remotePath } from './remote-pictures.ts'
import { SiteAddresses } from './site-urls.ts'

/** What captions.jsonl says of a picture, which goes before what pages say. */
export type Caption = Pick<CaptionLine, 'alt' | 'caption' | 'title' | 'url' | 'pages'>

export interface SiteCaptions {
  /** By the paths of pictures. */
  byPath: Map<string, Caption>
  /** Pictures that are not in the site, by their addresses. */
  remote: Map<string, RemotePicture>
  /** In the order of the lines. */
  troubles: LineTrouble[]
}

/** Asked for at a time. */
const requestsAtOnce = 6

/** Brings lines and pictures together and fetches what is elsewhere. `files`: paths of the site's pictures. */
export async function readCaptions(
  { captions, urlPrefixes }: { captions: string; urlPrefixes: string[] },
  files: ReadonlySet<string>,
  pictures: RemotePictures,
): Promise<SiteCaptions> {
  const { lines, troubles } = parseCaptions(captions)
  const byPath = new Map<string, Caption>()
  const wanted = new Map<string, number>()
  const addresses = new SiteAddresses(urlPrefixes, path => files.has(path))
  for (const { line, path, url, ...texts } of lines) {
    const local = path ?? addresses.find(url!, '', undefined)
    if (local !== undefined && files.has(local)) {
      add(byPath, local, { ...texts, ...(path !== undefined && url !== undefined && { url }) })
    } else if (local !== undefined) {
      troubles.push({ line, reason: `there is no picture ${local} in the site, or it is left out` })
    } else if (files.has(remotePath(url!))) {
      troubles.push({ line, reason: `the site has a picture ${remotePath(url!)} of its own` })
    } else {
      if (!wanted.has(url!)) wanted.set(url!, line)
      add(byPath, remotePath(url!), { ...texts, url: url! })
    }
  }
  const remote = new Map<string, RemotePicture>()
  const find = async ([url, line]: [string, number]) => {
    const found = await pictures.find(url).catch(error => ({ trouble: reasonOf(error) }))
    return { url, line, found }
  }
  for await (const { url, line, found } of inOrder(wanted, requestsAtOnce, find)) {
    if (found.trouble !== undefined) troubles.push({ line, reason: `${url}: ${found.trouble}` })
    if ('file' in found) remote.set(url, found)
  }
  return { byPath, remote, troubles: troubles.sort((a, b) => a.line - b.line) }
}

/** Several lines may speak of one picture: the first text of a kind counts, pages add up. */
function add(captions: Map<string, Caption>, path: string, caption: Caption): void {
  const known = captions.get(path)
  captions.set(path, { ...caption, ...known, pages: [...(known?.pages ?? []), ...caption.pages] })
}
