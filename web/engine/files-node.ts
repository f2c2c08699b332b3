import { open, readFile, rename, rm } from 'node:fs/promises'
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

/** What a file is called until it is whole. */
export const temporarySuffix = '.picfind-tmp'

/** Writes a file in one step: whatever happens, either the old or the new one is there. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = path + temporarySuffix
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
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
