/** Thumbnails of the open library as object URLs: fetched in batches, the longest unused revoked. */
import { openLibrary } from './libraries.ts'

/** More than any window of the grid shows at once, about 30 MB of JPEG. */
const capacity = 1500

const urls = new Map<string, string>()
let wanted = new Set<string>()
let fetching = false

/** Called after each batch that has arrived. */
export const arrivals = new EventTarget()

/** The thumbnail of a picture, undefined until it has arrived; '' for a picture without one. */
export function thumbnail(id: string): string | undefined {
  const url = urls.get(id)
  if (url === undefined) return undefined
  urls.delete(id)
  urls.set(id, url)
  return url
}

/** Sets what is to be fetched next; what is no longer in sight is left out. */
export function wantThumbnails(ids: Iterable<string>): void {
  wanted = new Set([...ids].filter(id => !urls.has(id)))
  if (!fetching && wanted.size > 0) void fetchWanted()
}

async function fetchWanted(): Promise<void> {
  fetching = true
  try {
    while (wanted.size > 0) {
      const batch = [...wanted].slice(0, 24)
      await fetchBatch(batch)
      for (const id of batch) wanted.delete(id)
      arrivals.dispatchEvent(new Event('arrival'))
    }
  } finally {
    fetching = false
  }
}

async function fetchBatch(ids: string[]): Promise<void> {
  const library = await openLibrary()
  if (!library) return
  await Promise.all(
    ids.map(async id => {
      const jpeg = await library.thumbnail(id).catch(() => undefined)
      if ((await openLibrary()) !== library) return
      urls.set(id, jpeg ? URL.createObjectURL(new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' })) : '')
    }),
  )
  for (const [id, url] of urls) {
    if (urls.size <= capacity) break
    URL.revokeObjectURL(url)
    urls.delete(id)
  }
}

/** For another library, and after pictures have changed. */
export function forgetThumbnails(): void {
  for (const url of urls.values()) URL.revokeObjectURL(url)
  urls.clear()
  wanted.clear()
}
