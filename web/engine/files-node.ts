import { open, readFile, rename, rm } from 'node:fs/promises'
import type { FilePart, NextParts } from './store.ts'

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    return unlessMissing(error)
  }
}

/** False too for a file that ends before a part does. */
export async function readPartsIfThere(path: string, parts: readonly FilePart[], next?: NextParts): Promise<boolean> {
  const file = await open(path).catch(unlessMissing)
  if (!file) return false
  try {
    const read = async (wanted: readonly FilePart[]) => {
      const reads = await Promise.all(wanted.map(({ offset, into }) => file.read(into, 0, into.length, offset)))
      return reads.every(({ bytesRead, buffer }) => bytesRead === buffer.length)
    }
    return (await read(parts)) && (next === undefined || (await read(next())))
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
