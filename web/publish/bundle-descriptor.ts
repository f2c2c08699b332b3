import type { FullEntry } from './bundle-full.ts'
import type { ModelEntry } from './bundle-model.ts'
import type { QuickEntry } from './bundle-quick.ts'

export interface Descriptor {
  /** The site's root, relative to the bundle. */
  base: string
  full: FullEntry
  model: ModelEntry
  quick: QuickEntry
}

/** Compact, keys in order, so that the same content is the same bytes. */
export function descriptorOf(descriptor: Descriptor): Uint8Array {
  const sorted = (_: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner
  return new TextEncoder().encode(JSON.stringify({ format: 1, ...descriptor }, sorted))
}
