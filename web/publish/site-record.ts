import type { PictureRecord, SiteRecord } from '../engine/types.ts'
import type { SitePicture } from './site-pictures.ts'

/** The record of a picture as a bundle publishes it: what is known, without times and without anything of this machine. */
export function siteRecord(
  { id, source, path, type, size, width, height, sha256 }: PictureRecord,
  { alt, caption, title, url, details, pages }: SitePicture,
  thumbnail: string | undefined,
): SiteRecord {
  const { description, taken, camera, location, all } = details
  const known = { alt, caption, title: title ?? details.title, description, taken, camera, url, thumbnail }
  return {
    id,
    source,
    path,
    type,
    size,
    width,
    height,
    sha256,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined && value !== '')),
    ...(pages.length > 0 ? { pages } : {}),
    ...(location ? { location } : {}),
    ...(all ? { metadata: all } : {}),
  }
}

/** Whether all that an earlier record told is told by the one of today; thumbnails tell nothing. */
export function tellsAll({ thumbnail: _, pages = [], ...earlier }: SiteRecord, today: SiteRecord): boolean {
  const pagesToday = new Set((today.pages ?? []).map(page => JSON.stringify(page)))
  const rest = today as unknown as Record<string, unknown>
  return (
    pages.every(page => pagesToday.has(JSON.stringify(page))) &&
    Object.entries(earlier).every(([key, value]) => JSON.stringify(value) === JSON.stringify(rest[key]))
  )
}
