import type { SourceFile } from '../engine/source.ts'
import { inOrder } from './in-order.ts'
import { type Page, readPage, type ShownPicture } from './page-pictures.ts'
import { bytesOf } from './site-listing.ts'
import { SiteAddresses } from './site-urls.ts'

/** Read at a time. */
const pagesAtOnce = 16

interface Mention extends ShownPicture {
  page: SourceFile
  pageTitle: string
  noindex: boolean
  base: string | undefined
}

/** A mention with the files that it is of. */
export interface Shown extends Mention {
  paths: string[]
  linkedPath?: string
}

/**
 * Where pages show which of `files`, in the order of the pages. `prefixes`: addresses that stand for the site's root; `remote`: paths of
 * pictures of elsewhere by their addresses.
 */
export async function findShown(
  pages: readonly SourceFile[],
  files: ReadonlySet<string>,
  prefixes: string[],
  remote: ReadonlyMap<string, string>,
): Promise<Shown[]> {
  const { mentions, addresses } = await readPages(pages, files, prefixes)
  return resolve(mentions, addresses, remote)
}

async function readPages(
  pages: readonly SourceFile[],
  files: ReadonlySet<string>,
  prefixes: string[],
): Promise<{ mentions: Mention[]; addresses: SiteAddresses }> {
  const addresses = new SiteAddresses(prefixes, path => files.has(path))
  const mentions: Mention[] = []
  const contents = inOrder(pages, pagesAtOnce, async page => ({ page, bytes: await bytesOf(page) }))
  for await (const { page, bytes } of contents) {
    const { title, base, canonical, noindex, pictures }: Page = readPage(decodePage(bytes))
    if (canonical !== undefined) addresses.learn(page.path, canonical)
    for (const picture of pictures) mentions.push({ ...picture, page, pageTitle: title, noindex, base })
  }
  for (const { copies, page, base } of mentions) {
    for (const url of copies) if (addresses.find(url, page.path, base) === undefined) addresses.noteLost(url)
  }
  addresses.settleSubPath()
  return { mentions, addresses }
}

/** UTF-8, or what its first bytes say. */
function decodePage(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024))
  const label = /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}

function resolve(mentions: Mention[], addresses: SiteAddresses, remote: ReadonlyMap<string, string>): Shown[] {
  const shown: Shown[] = []
  for (const mention of mentions) {
    const find = (url: string) =>
      addresses.find(url, mention.page.path, mention.base) ?? remote.get(webAddress(url, mention.base) ?? '')
    const paths = [...new Set(mention.copies.flatMap(url => find(url) ?? []))]
    const linkedPath = mention.linked === undefined ? undefined : find(mention.linked)
    if (paths.length > 0) shown.push({ ...mention, paths, ...(linkedPath === undefined ? {} : { linkedPath }) })
  }
  return shown
}

/** Of an address that says its host, or that has a base that does. */
function webAddress(url: string, base: string | undefined): string | undefined {
  const from = base !== undefined && URL.canParse(base) ? base : 'https://site.invalid/'
  if (!URL.canParse(url, from)) return undefined
  const address = new URL(url, from)
  address.hash = ''
  return address.href
}
