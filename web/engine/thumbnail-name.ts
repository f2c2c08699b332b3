/** Names of the thumbnails that a bundle has made itself: by their bytes, so that whoever shows one can tell whether it is whole. */

/** Relative to the bundle. `sha256`: of the JPEG. */
export const thumbnailAddress = (sha256: string): string => `thumbs/${sha256}.jpg`

/** undefined for a copy of the site's own, which has any name, and for one of a bundle that named them by their pictures. */
export const thumbnailHash = (address: string): string | undefined => /^thumbs\/([0-9a-f]{64})\.jpg$/.exec(address)?.[1]
