/**
 * Names of the thumbnails that a bundle has made itself: by their bytes, so that whoever shows one can tell whether it is whole. 64 bits
 * of the sha256 tell that, and no more of it is in each record that a first answer loads.
 */
const digits = 16

/** Relative to the bundle. `sha256`: of the JPEG. */
export const thumbnailAddress = (sha256: string): string => `thumbs/own-${sha256.slice(0, digits)}.jpg`

/** What its sha256 begins with; undefined for a copy of the site's own, which has any name, and for one of a bundle that named them by their pictures. */
export const thumbnailHash = (address: string): string | undefined =>
  /^thumbs\/own-([0-9a-f]{16})\.jpg$/.exec(address)?.[1]
