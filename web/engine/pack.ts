import type { FilePart, NextParts } from './store.ts'

/** Bytes of a file of a library at most. */
const largestPack = 20 * 1024 * 1024

/**
 * Item `index` of a pack of records or thumbnails (uint32 count, uint32 offsets[count + 1], items), a view into it; undefined where the
 * pack does not hold together. Read here because the core would have to be given the whole pack for the few bytes of one item.
 */
export function packItem(pack: Uint8Array, index: number): Uint8Array | undefined {
  const word = (at: number) => view.getUint32(4 * at, true)
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength)
  if (pack.length < 8 || index >= word(0)) return undefined
  const items = 4 * (word(0) + 2)
  if (pack.length < items) return undefined
  const begin = word(1 + index)
  const end = word(2 + index)
  return begin < items || end < begin || end > pack.length ? undefined : pack.subarray(begin, end)
}

/** The same of a pack that is read in parts: `read` is false where it cannot. */
export async function readPackItem(
  read: (parts: readonly FilePart[], next: NextParts) => Promise<boolean>,
  index: number,
): Promise<Uint8Array | undefined> {
  const ends = new Uint8Array(8)
  let item: Uint8Array | undefined
  const isRead = await read([{ offset: 4 * (1 + index), into: ends }], () => {
    const view = new DataView(ends.buffer)
    const [begin, end] = [view.getUint32(0, true), view.getUint32(4, true)]
    if (end < begin || end > largestPack) return []
    item = new Uint8Array(end - begin)
    return [{ offset: begin, into: item }]
  })
  return isRead ? item : undefined
}
