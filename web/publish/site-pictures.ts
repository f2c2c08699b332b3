import { thumbnailSide } from '../engine/decode-size.ts'
import { reasonOf } from '../engine/errors.ts'
import { extensionOf, type SourceFile } from '../engine/source.ts'
import type { LineTrouble } from './captions.ts'
import { inOrder } from './in-order.ts'
import { byPath, type LeftOut, LeftOutList, type LeftOutReason } from './left-out.ts'
import { type MetadataWanted, type PictureDetails, readDetails } from './picture-details.ts'
import type { PictureNotes } from './picture-notes.ts'
import type { RemotePictures } from './remote-pictures.ts'
import { type Caption, readCaptions } from './site-captions.ts'
import { bytesOf, type ListingOptions, listSite } from './site-listing.ts'
import { findShown, type Shown } from './site-mentions.ts'
import { pageUrl } from './site-urls.ts'
import { joinResized, PathGroups, type Sized, sameRatio } from './twins.ts'

/** Smaller ones are icons and rules. */
const fewestPixels = 64
/** Longer sides that do for a thumbnail: not less than is shown, not much more; of the picture itself no more than one that is made. */
const thumbnailSides = { least: 160, most: 640, mostOfItself: thumbnailSide }
/** Of a picture that is on all pages, such as a logo, the first are enough. */
const mostPages = 20

/** Read at a time. */
const filesAtOnce = 4

/** What every browser shows. */
const shownExtensions = new Set('jpg jpeg jfif png gif webp avif'.split(' '))

/** One picture of a site, in as many copies as the site has. */
export interface SitePicture {
  /** The largest copy. */
  file: SourceFile
  details: PictureDetails
  /** Path of a copy to show small. */
  thumbnail?: string
  alt?: string
  caption?: string
  title?: string
  pages: { url: string; title: string }[]
  /** Where it is, if that is not its path in the site. */
  url?: string
}

export interface SitePictures {
  /** In the order of their paths. */
  pictures: SitePicture[]
  leftOut: LeftOut[]
  /** Paths of published files, copies among them, that tell where they were taken. */
  located: string[]
  /** Lines of captions.jsonl that could not be followed. */
  captions: LineTrouble[]
  /** HTML files that were read. */
  pages: number
}

export interface SiteOptions extends ListingOptions {
  /** Addresses that stand for the site's root. */
  urlPrefixes: string[]
  /** Pictures that no page shows too, where pages show others. */
  allPictures: boolean
  metadata: MetadataWanted
  /** The text of a captions.jsonl; '' for none. */
  captions: string
}

/** What is kept from run to run. */
export interface SiteNotes {
  pictures: PictureNotes
  remote: RemotePictures
}

/** Finds the pictures of a built site, or of a folder of pictures without pages, and those of elsewhere that captions.jsonl names. */
export async function findSitePictures(site: string, options: SiteOptions, notes: SiteNotes): Promise<SitePictures> {
  const leftOut = new LeftOutList()
  const { pages, files } = await listSite(site, options, leftOut)
  const captions = await readCaptions(options, new Set(files.keys()), notes.remote)
  for (const { file } of captions.remote.values()) files.set(file.path, file)
  const details = await detailsOf(files, options.metadata, notes.pictures, leftOut)
  await Promise.all([notes.pictures.write(), notes.remote.writeNotes()])
  const located = [...details].filter(([, { hasLocation }]) => hasLocation).map(([path]) => path)
  const remote = new Map(Array.from(captions.remote, ([url, { file }]) => [url, file.path]))
  const shown = await findShown(pages, new Set(details.keys()), options.urlPrefixes, remote)
  const groups = group(details, shown)
  const pictures = assemble({ files, details, shown, groups, options, leftOut, captions: captions.byPath })
  const { troubles } = captions
  return { pictures, leftOut: leftOut.sorted(), located: located.sort(), captions: troubles, pages: pages.length }
}

async function detailsOf(
  files: ReadonlyMap<string, SourceFile>,
  wanted: MetadataWanted,
  notes: PictureNotes,
  leftOut: LeftOutList,
): Promise<Map<string, PictureDetails>> {
  const details = new Map<string, PictureDetails>()
  const read = async (file: SourceFile) => {
    try {
      return { file, found: await notes.detailsOf(file, async () => readDetails(await bytesOf(file), wanted)) }
    } catch (error) {
      return { file, error }
    }
  }
  for await (const { file, found, error } of inOrder(files.values(), filesAtOnce, read)) {
    if (found) details.set(file.path, found)
    else leftOut.add(file.path, 'unreadable', reasonOf(error))
  }
  return details
}

/** Which files are copies of one picture. */
function group(details: ReadonlyMap<string, PictureDetails>, shown: Shown[]): PathGroups {
  const groups = new PathGroups()
  const sized = (path: string) => ({ path, ...details.get(path)! })
  for (const { paths, linkedPath } of shown) {
    for (const path of paths) groups.join(paths[0]!, path)
    const isLarger = linkedPath !== undefined && sameRatio(sized(paths[0]!), sized(linkedPath))
    if (isLarger) groups.join(paths[0]!, linkedPath)
  }
  joinResized(
    [...details.keys()]
      .sort()
      .map(sized)
      .filter(({ width, height }) => width > 0 && height > 0),
    groups,
  )
  return groups
}

interface Parts {
  files: ReadonlyMap<string, SourceFile>
  details: ReadonlyMap<string, PictureDetails>
  shown: Shown[]
  groups: PathGroups
  options: SiteOptions
  leftOut: LeftOutList
  captions: ReadonlyMap<string, Caption>
}

function assemble({ files, details, shown, groups, options, leftOut, captions }: Parts): SitePicture[] {
  const copies = new Map<string, string[]>()
  for (const path of [...details.keys()].sort()) {
    const root = groups.rootOf(path)
    copies.set(root, [...(copies.get(root) ?? []), path])
  }
  const mentionsOf = new Map<string, Shown[]>()
  for (const mention of shown) {
    // A linked picture of another shape is a picture of its own, on the same page.
    const linked = mention.linkedPath === undefined ? [] : [groups.rootOf(mention.linkedPath)]
    for (const root of new Set([groups.rootOf(mention.paths[0]!), ...linked])) {
      const others = mentionsOf.get(root)
      if (others) others.push(mention)
      else mentionsOf.set(root, [mention])
    }
  }
  const hasPages = shown.length > 0 && !options.allPictures
  const pictures: SitePicture[] = []
  for (const [root, paths] of copies) {
    const mentions = mentionsOf.get(root) ?? []
    const found = mentions.filter(({ ignored, noindex }) => !ignored && !noindex)
    const sized = paths.map(path => ({ path, ...details.get(path)! })).sort(bySize)
    const main = sized[0]!
    const caption = paths.map(path => captions.get(path)).find(known => known !== undefined)
    const reason = whyNot(main, mentions, found, hasPages && !caption)
    if (reason !== undefined) {
      leftOut.add(main.path, reason)
      continue
    }
    const thumbnail = smallCopy(sized, captions)
    const { url, pages = [], ...texts } = caption ?? {}
    pictures.push({
      file: files.get(main.path)!,
      details: details.get(main.path)!,
      ...(thumbnail === undefined ? {} : { thumbnail }),
      ...textsOf(found),
      ...texts,
      pages: allPages(pagesOf(found), pages),
      ...(url === undefined ? {} : { url }),
    })
  }
  return pictures.sort((a, b) => byPath(a.file, b.file))
}

function whyNot(
  { width, height }: PictureDetails,
  mentions: Shown[],
  found: Shown[],
  hasPages: boolean,
): LeftOutReason | undefined {
  if (width > 0 && Math.min(width, height) < fewestPixels) return 'small'
  if (found.length > 0) return undefined
  if (mentions.some(({ ignored }) => ignored)) return 'ignored'
  if (mentions.length > 0) return 'noindex'
  return hasPages ? 'unmentioned' : undefined
}

function textsOf(mentions: Shown[]): Pick<SitePicture, 'alt' | 'caption' | 'title'> {
  const texts: Pick<SitePicture, 'alt' | 'caption' | 'title'> = {}
  for (const key of ['alt', 'caption', 'title'] as const) {
    const text = mentions.find(mention => mention[key] !== '')?.[key]
    if (text !== undefined) texts[key] = text
  }
  return texts
}

function pagesOf(mentions: Shown[]): SitePicture['pages'] {
  const pages = new Map(mentions.map(({ page, pageTitle }) => [page.path, pageTitle]))
  return [...pages].slice(0, mostPages).map(([path, title]) => ({ url: pageUrl(path), title }))
}

/** Those of pages first, then those of captions. */
function allPages(found: SitePicture['pages'], named: SitePicture['pages']): SitePicture['pages'] {
  const known = new Set(found.map(({ url }) => url))
  return [...found, ...named.filter(({ url }) => !known.has(url))].slice(0, mostPages)
}

/** The smallest copy that does for a thumbnail; undefined where one has to be made. `sized`: the largest first. */
function smallCopy(sized: Sized[], captions: ReadonlyMap<string, Caption>): string | undefined {
  const suits = ({ path, width, height }: Sized, i: number) => {
    const side = Math.max(width, height)
    const most = i === 0 ? thumbnailSides.mostOfItself : thumbnailSides.most
    // Of elsewhere: what its host does to those who show it small is not known.
    if (captions.get(path)?.url !== undefined) return false
    return side >= thumbnailSides.least && side <= most && shownExtensions.has(extensionOf(path))
  }
  return sized.findLast(suits)?.path
}

/** What everything here can decode first, where copies are of one size. */
const preferred = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif']

function bySize(a: Sized, b: Sized): number {
  const rank = (path: string) => preferred.indexOf(extensionOf(path)) + 1 || preferred.length + 1
  return b.width * b.height - a.width * a.height || rank(a.path) - rank(b.path) || byPath(a, b)
}
