/** Static hosts refuse larger files. */
const largestFile = 20 * 1024 * 1024

/** A file of any size in pieces that every host serves: one at least. */
export function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let begin = 0; begin === 0 || begin < bytes.length; begin += largestFile) {
    pieces.push(bytes.subarray(begin, begin + largestFile))
  }
  return pieces
}
