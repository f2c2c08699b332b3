import type { Cuts } from '../quick/formats.ts'
import type { Keep } from './quick-lexicon.ts'

/** Rows cut where a file would become larger than `limit`, and kept. */
export async function keepCuts<T>(
  items: readonly T[],
  size: (item: T) => number,
  limit: number,
  bytes: (items: T[]) => Uint8Array,
  keep: Keep,
): Promise<Cuts<number>> {
  const cuts: Cuts<number> = { files: [], first: [] }
  for (let at = 0; at < items.length; ) {
    let end = at
    for (let sum = 0; end < items.length; end++) {
      sum += size(items[end]!)
      if (sum > limit && end > at) break
    }
    cuts.first.push(at)
    cuts.files.push(await keep(bytes(items.slice(at, end))))
    at = end
  }
  return cuts
}
