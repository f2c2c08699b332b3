/** Thumbnails of the open library as object URLs: fetched in batches, the longest unused revoked. */
import { openLibrary } from './libraries.ts'

/** More than any window of the grid shows at once, about 30 MB of JPEG. */
const capacity = 1500

interface Thumbnail {
  url: string
  edition: number
}

const thumbnails = new Map<string, Thumbnail>()
/** Goes up when pictures may have changed under their ids; older thumbnails are shown until their successors arrive. */
let edition = 0
let wanted = new Set<string>()
let fetching = false

/** Tells of thumbnails that have arrived, at most once a frame. */
export const arrivals = new EventTarget()

/** The thumbnail of a picture, undefined until it has arrived; '' for a picture without one. */
export function thumbnail(id: string): string | undefined {
  const known = thumbnails.get(id)
  if (!known) return undefined
  thumbnails.delete(id)
  thumbnails.set(id, known)
  return known.url
}

/** Sets what is to be fetched next; what is no longer in sight is left out. */
export function wantThumbnails(ids: Iterable<string>): void {
  wanted = new Set([...ids].filter(id => thumbnails.get(id)?.edition !== edition))
  if (!fetching && wanted.size > 0) void fetchWanted()
}

async function fetchWanted(): Promise<void> {
  fetching = true
  try {
    while (wanted.size > 0) {
      const batch = [...wanted].slice(0, 24)
      await fetchBatch(batch)
      for (const id of batch) wanted.delete(id)
    }
  } finally {
    fetching = false
  }
}

async function fetchBatch(ids: string[]): Promise<void> {
  const library = await openLibrary()
  if (!library) return
  const begun = edition
  await Promise.all(
    ids.map(async id => {
      const jpeg = await library.thumbnail(id).catch(() => undefined)
      if ((await openLibrary()) !== library) return
      drop(id)
      thumbnails.set(id, { url: jpeg ? URL.createObjectURL(jpegBlob(jpeg)) : '', edition: begun })
      tell()
    }),
  )
  for (const id of thumbnails.keys()) {
    if (thumbnails.size <= capacity) break
    drop(id)
  }
}

let telling = false

function tell(): void {
  if (telling) return
  telling = true
  requestAnimationFrame(() => {
    telling = false
    arrivals.dispatchEvent(new Event('arrival'))
  })
}

function jpegBlob(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' })
}

function drop(id: string): void {
  const known = thumbnails.get(id)
  if (known) URL.revokeObjectURL(known.url)
  thumbnails.delete(id)
}

/** After pictures may have changed. */
export function renewThumbnails(): void {
  edition++
}

/** For another library. */
export function forgetThumbnails(): void {
  for (const id of thumbnails.keys()) drop(id)
  wanted.clear()
}
