import { PicfindError } from '../engine/errors.ts'
import { extensionOf, isHidden, isInside, isPicture, type SourceFile } from '../engine/source.ts'
import { sourceFromFolder } from '../engine/source-node.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { byPath, type LeftOutList } from './left-out.ts'

const pageExtensions = new Set(['html', 'htm', 'xhtml'])

export interface ListingOptions {
  /** Folders of the site whose pictures are wanted; all if none is named. */
  include: string[]
  /** What is left out, in the syntax of .gitignore. */
  exclude: string[]
  /** The bundle's own folder. */
  own: string
}

export interface Listing {
  pages: SourceFile[]
  files: Map<string, SourceFile>
}

/** A site's pages and pictures, but for those that are left out by name. */
export async function listSite(site: string, options: ListingOptions, leftOut: LeftOutList): Promise<Listing> {
  const { include, exclude, own } = options
  const rules = await IgnoreRules.read(site, exclude)
  const wants = (name: string) =>
    isPicture(name) || (!isHidden(name) && (extensionOf(name) === 'svg' || pageExtensions.has(extensionOf(name))))
  const listing: Listing = { pages: [], files: new Map() }
  const source = sourceFromFolder(site, { wants })
  for await (const entry of source.list(folder => folder !== own && !rules.leavesOutFolder(folder))) {
    const { path } = entry
    const isPage = pageExtensions.has(extensionOf(path))
    const isWanted = include.length === 0 || include.some(folder => isInside(path, folder))
    if (!isPage && !isWanted) continue
    if (rules.leavesOut(path)) {
      if (!isPage) leftOut.add(path, 'excluded')
    } else if ('unreadable' in entry) {
      leftOut.add(path, 'unreadable', entry.unreadable)
    } else if (isPage) {
      listing.pages.push(entry)
    } else if (extensionOf(path) === 'svg') {
      leftOut.add(path, 'svg')
    } else if (listing.files.has(path)) {
      leftOut.add(path, 'unreadable', 'another file has the same path; rename one of them')
    } else {
      listing.files.set(path, entry)
    }
  }
  if (listing.files.size === 0 && include.length > 0 && !leftOut.any) {
    throw new PicfindError('usage', `There are no pictures in ${include.join(', ')}; name folders inside ${site}.`)
  }
  listing.pages.sort(byPath)
  return listing
}

export async function bytesOf(file: SourceFile): Promise<Uint8Array> {
  const content = await file.open()
  return content instanceof Uint8Array ? content : new Uint8Array(await content.arrayBuffer())
}
