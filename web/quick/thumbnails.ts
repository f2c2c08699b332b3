import { thumbnailHash } from '../engine/thumbnail-name.ts'
import { isOf } from './verified-files.ts'

/** Addresses of those that were whole. */
const whole = new Set<string>()

/**
 * Whether a thumbnail that the bundle has made, and that is shown already, is not what it is named for. `name`: as its record has it. Of
 * copies of the site's own, and of what cannot be looked at without a connection, nothing is known.
 */
export async function isDamaged(name: string | undefined, url: string): Promise<boolean> {
  const hash = name === undefined ? undefined : thumbnailHash(name)
  if (hash === undefined || whole.has(url)) return false
  const isWhole = await isOf(hash, new URL(url))
  if (isWhole) whole.add(url)
  return isWhole === false
}
