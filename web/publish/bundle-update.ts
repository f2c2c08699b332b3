import type { CoreLibrary } from '../engine/core.ts'

/** What an update has done to a bundle, in numbers of pictures. */
export interface BundleUpdate {
  new: number
  /** Another picture under a known path. */
  replaced: number
  renamed: number
  unchanged: number
  removed: number
}

/** From the bundle before, if there is one, to `records`. Of a picture that is there twice, a further copy is new. */
export function compareBundles(
  before: CoreLibrary | undefined,
  records: readonly { id: string; sha256: string }[],
): BundleUpdate {
  const update: BundleUpdate = { new: 0, replaced: 0, renamed: 0, unchanged: 0, removed: 0 }
  const known = new Set<number>()
  const unknown: string[] = []
  for (const { id, sha256 } of records) {
    const row = before?.rowOf(id) ?? -1
    if (!before || row < 0) {
      unknown.push(sha256)
      continue
    }
    known.add(row)
    update[before.stat(row).sha256 === sha256 ? 'unchanged' : 'replaced']++
  }
  const gone = new Map<string, number>()
  for (const row of before?.newest(0, before.count) ?? []) {
    if (!before || known.has(row)) continue
    const { sha256 } = before.stat(row)
    gone.set(sha256, (gone.get(sha256) ?? 0) + 1)
    update.removed++
  }
  for (const sha256 of unknown) {
    const left = gone.get(sha256) ?? 0
    update[left > 0 ? 'renamed' : 'new']++
    if (left === 0) continue
    gone.set(sha256, left - 1)
    update.removed--
  }
  return update
}
