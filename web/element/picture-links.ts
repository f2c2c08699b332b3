import type { PicfindRecord } from './events.ts'

/** What the addresses of a bundle's pictures are relative to. */
export interface Places {
  bundle: URL
  /** Of pages. */
  site: URL
  /** Of the pictures themselves, by the name of their source. */
  originals: Map<string, URL>
}

/**
 * Where a result leads and what it shows: to the first page that shows the picture, else to the picture itself. Addresses that are not
 * http are not followed, whoever wrote them.
 */
export function addressOf(record: PicfindRecord, places: Places): { url: string; thumbnail: string } {
  const source = record.id.slice(0, -record.path.length - 1)
  // A path is a name, not an address: `#`, `?` and `%` in it are letters.
  const path = record.path.split('/').map(encodeURIComponent).join('/')
  const picture = web(record.url ?? path, places.originals.get(source) ?? places.site)
  const page = record.pages?.[0]
  return {
    url: (page && web(page.url, places.site)) ?? picture ?? '',
    thumbnail: (record.thumbnail && web(record.thumbnail, places.bundle)) || picture || '',
  }
}

function web(address: string, base: URL): string | undefined {
  if (!URL.canParse(address, base)) return undefined
  const url = new URL(address, base)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined
}

/** What a picture shows, in words: as its author put it, else its name. */
export function textOf({ alt, caption, title, path }: PicfindRecord): string {
  return alt || caption || title || nameOf(path)
}

/** The line under it. */
export function captionOf({ alt, caption, title, path }: PicfindRecord): string {
  return title || caption || alt || nameOf(path)
}

/** File name without folder and ending. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '')
}
