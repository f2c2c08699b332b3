import { PicfindError } from './errors.ts'

/** Lower-case hex. The platform's own is several times faster than `fallback`, which is for pages that are not in a secure context. */
export async function sha256(
  bytes: Uint8Array,
  fallback: (bytes: Uint8Array) => string | Promise<string>,
): Promise<string> {
  if (!globalThis.crypto?.subtle) return fallback(bytes)
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Where only secure contexts get: the private file system and the Cache API. */
export function noFallback(): never {
  throw new PicfindError('unsupported', 'This page is not in a secure context.')
}
