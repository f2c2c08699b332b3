import { PicfindError, reasonOf } from '../engine/errors.ts'
import { extensionOf, isHidden, isInside, isPicture, type SourceFile } from '../engine/source.ts'
import { sourceFromFolder } from '../engine/source-node.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { type Page, readPage, type ShownPicture } from './page-pictures.ts'
import type { MetadataWanted } from './picture-details.ts'
import { type PictureDetails, readDetails } from './picture-details.ts'
import type { PictureNotes } from './picture-notes.ts'
import { pageUrl, SiteAddresses } from './site-urls.ts'
import type { LeftOut, LeftOutReason } from './skipped.ts'
import { joinResized, PathGroups, sameRatio } from './twins.ts'

/** Smaller ones are icons and rules. */
const fewestPixels = 64
/** Sides of a copy that does for a thumbnail: not less than is shown, not much more. */
const thumbnailSides = { least: 160, most: 640 }
/** Of a picture that is on all pages, such as a logo, the first are enough. */
const mostPages = 20

const pageExtensions = new Set(['html', 'htm', 'xhtml'])
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
}

export interface SitePictures {
  /** In the order of their paths. */
  pictures: SitePicture[]
  leftOut: LeftOut[]
  /** Paths of published files, copies among them, that tell where they were taken. */
  located: string[]
  /** HTML files that were read. */
  pages: number
}

export interface SiteOptions {
  /** Folders of the site whose pictures are wanted; all if none is named. */
  include: string[]
  /** What is left out, in the syntax of .gitignore. */
  exclude: string[]
  /** The bundle's own folder. */
  own: string
  /** Addresses that stand for the site's root. */
  urlPrefixes: string[]
  /** Pictures that no page shows too, where pages show others. */
  allPictures: boolean
  metadata: MetadataWanted
}

interface Listing {
  pages: SourceFile[]
  files: Map<string, SourceFile>
}

interface Mention extends ShownPicture {
  page: SourceFile
  pageTitle: string
  noindex: boolean
  base: string | undefined
}

/** Finds the pictures of a built site, or of a folder of pictures without pages. */
export async function findSitePictures(site: string, options: SiteOptions, notes: PictureNotes): Promise<SitePictures> {
  const leftOut = new LeftOutList()
  const { pages, files } = await list(site, options, leftOut)
  const { mentions, addresses } = await readPages(pages, files, options.urlPrefixes)
  const details = new Map<string, PictureDetails>()
  for (const file of files.values()) {
    try {
      const read = async () => readDetails(await bytesOf(file), options.metadata)
      details.set(file.path, await notes.detailsOf(file, read))
    } catch (error) {
      leftOut.add(file.path, 'unreadable', reasonOf(error))
    }
  }
  await notes.write()
  const located = [...details].filter(([, { hasLocation }]) => hasLocation).map(([path]) => path)
  const shown = resolve(mentions, addresses, details)
  const groups = group(details, shown)
  const pictures = assemble({ files, details, shown, groups, options, leftOut })
  return { pictures, leftOut: leftOut.sorted(), located: located.sort(), pages: pages.length }
}

async function bytesOf(file: SourceFile): Promise<Uint8Array> {
  const content = await file.open()
  return content instanceof Uint8Array ? content : new Uint8Array(await content.arrayBuffer())
}

async function list(site: string, options: SiteOptions, leftOut: LeftOutList): Promise<Listing> {
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

async function readPages(
  pages: SourceFile[],
  files: ReadonlyMap<string, SourceFile>,
  prefixes: string[],
): Promise<{ mentions: Mention[]; addresses: SiteAddresses }> {
  const addresses = new SiteAddresses(prefixes, path => files.has(path))
  const mentions: Mention[] = []
  for (const page of pages) {
    const { title, base, canonical, noindex, pictures }: Page = readPage(decodePage(await bytesOf(page)))
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

/** A mention with the files that it is of. */
interface Shown extends Mention {
  paths: string[]
  linkedPath?: string
}

function resolve(mentions: Mention[], addresses: SiteAddresses, details: ReadonlyMap<string, PictureDetails>): Shown[] {
  const shown: Shown[] = []
  for (const mention of mentions) {
    const find = (url: string) => {
      const path = addresses.find(url, mention.page.path, mention.base)
      return path !== undefined && details.has(path) ? path : undefined
    }
    const paths = [...new Set(mention.copies.flatMap(url => find(url) ?? []))]
    const linkedPath = mention.linked === undefined ? undefined : find(mention.linked)
    if (paths.length > 0) shown.push({ ...mention, paths, ...(linkedPath === undefined ? {} : { linkedPath }) })
  }
  return shown
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
}

function assemble({ files, details, shown, groups, options, leftOut }: Parts): SitePicture[] {
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
    const reason = whyNot(main, mentions, found, hasPages)
    if (reason !== undefined) {
      leftOut.add(main.path, reason)
      continue
    }
    const thumbnail = smallCopy(sized)
    pictures.push({
      file: files.get(main.path)!,
      details: details.get(main.path)!,
      ...(thumbnail === undefined ? {} : { thumbnail }),
      ...textsOf(found),
      pages: pagesOf(found),
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

/** The smallest copy that does for a thumbnail; undefined where one has to be made. */
function smallCopy(sized: { path: string; width: number; height: number }[]): string | undefined {
  const suits = ({ path, width, height }: { path: string; width: number; height: number }) => {
    const side = Math.max(width, height)
    return side >= thumbnailSides.least && side <= thumbnailSides.most && shownExtensions.has(extensionOf(path))
  }
  return sized.findLast(suits)?.path
}

/** What everything here can decode first, where copies are of one size. */
const preferred = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif']

function bySize(a: { path: string; width: number; height: number }, b: typeof a): number {
  const rank = (path: string) => preferred.indexOf(extensionOf(path)) + 1 || preferred.length + 1
  return b.width * b.height - a.width * a.height || rank(a.path) - rank(b.path) || byPath(a, b)
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

class LeftOutList {
  readonly #all: LeftOut[] = []

  get any(): boolean {
    return this.#all.length > 0
  }

  add(path: string, reason: LeftOutReason, detail?: string): void {
    this.#all.push(detail === undefined ? { path, reason } : { path, reason, detail })
  }

  sorted(): LeftOut[] {
    return this.#all.sort(byPath)
  }
}
