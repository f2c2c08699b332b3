import { open, readFile } from 'node:fs/promises'
import type { FilePart } from './store.ts'

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    return unlessMissing(error)
  }
}

/** undefined too for a file that ends before a part does. */
export async function readPartsIfThere(path: string, parts: readonly FilePart[]): Promise<Uint8Array[] | undefined> {
  const file = await open(path).catch(unlessMissing)
  if (!file) return undefined
  try {
    const reads = await Promise.all(
      parts.map(({ offset, length }) => file.read(new Uint8Array(length), 0, length, offset)),
    )
    return reads.every(({ bytesRead }, i) => bytesRead === parts[i]?.length)
      ? reads.map(({ buffer }) => buffer)
      : undefined
  } finally {
    await file.close()
  }
}

/** The system's name of an error, such as ENOENT. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** undefined for a file that is not there; throws on anything else. */
export function unlessMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error
}
