const leastTarget = 2048
/** A library has at most 24 segments; each is at least half the target long, the last may be shorter. */
const targetsPerLibrary = 11

/**
 * Where segments end, as numbers of rows: after rows whose ids' hashes say so, so that a picture that is added, deleted or renamed
 * changes the segment it is in and not all that follow. Depends on the ids and on nothing else. `sha256` gives lower-case hex.
 */
export function cutRows(ids: readonly string[], sha256: (bytes: Uint8Array) => string): number[] {
  let target = leastTarget
  while (target * targetsPerLibrary < ids.length) target *= 2
  const ends: number[] = []
  let begin = 0
  for (const [i, id] of ids.entries()) {
    const rows = i + 1 - begin
    const isCut = rows >= target / 2 && firstWord(sha256(new TextEncoder().encode(id))) % (target / 2) === 0
    if (isCut || rows === 2 * target || i + 1 === ids.length) {
      ends.push(i + 1)
      begin = i + 1
    }
  }
  return ends
}

/** uint32, little-endian. */
function firstWord(hex: string): number {
  return Number(`0x${hex.slice(0, 8).match(/../g)!.reverse().join('')}`)
}
