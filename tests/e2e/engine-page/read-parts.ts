import type { OpfsStore } from '../../../dist/engine/store-opfs.js'

export interface Part {
  offset: number
  length: number
}

/** undefined where the store says that they cannot all be read. */
export async function readParts(
  store: OpfsStore,
  name: string,
  parts: readonly Part[],
): Promise<Uint8Array[] | undefined> {
  const wanted = parts.map(({ offset, length }) => ({ offset, into: new Uint8Array(length) }))
  const next = () => wanted.slice(1)
  return (await store.readParts(name, wanted.slice(0, 1), next)) ? wanted.map(({ into }) => into) : undefined
}
