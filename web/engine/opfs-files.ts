/** Files of the browser's private file system. */
import type { FilePart, NextParts } from './store.ts'

/** undefined too when another tab is writing it just now. */
export function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array | undefined> {
  return ifReadable(async () => {
    const file = await (await folder.getFileHandle(name)).getFile()
    return new Uint8Array(await file.arrayBuffer())
  })
}

/**
 * The whole file into what `room` gives; false where it is not there or another tab is writing it. No array of the browser's own is made
 * where that can be helped: they are garbage that is collected late.
 */
export async function readInto(
  folder: FileSystemDirectoryHandle,
  name: string,
  room: (bytes: number) => Uint8Array,
): Promise<boolean> {
  const read = await ifReadable(async () => {
    const file = await folder.getFileHandle(name)
    const shared = await withShared(file, access => access.read(room(access.getSize()), { at: 0 }))
    if (shared !== undefined) return true
    const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer())
    room(bytes.length).set(bytes)
    return true
  })
  return read ?? false
}

/** False too for a file that ends before a part does. A handle that other tabs may have too, where there is one, goes to `keep`. */
export async function readParts(
  file: FileSystemFileHandle,
  parts: readonly FilePart[],
  next: NextParts,
  keep: (access: SyncAccessHandle) => Promise<void>,
): Promise<boolean> {
  const read = await ifReadable(async () => {
    const access = await openShared(file)
    if (access) {
      try {
        return readFrom(access, parts, next)
      } finally {
        await keep(access)
      }
    }
    const content = await file.getFile()
    return (await readSlices(content, parts)) && readSlices(content, next())
  })
  return read ?? false
}

/** False for a file that ends before a part does. */
export function readFrom(access: SyncAccessHandle, parts: readonly FilePart[], next: NextParts): boolean {
  const read = ({ offset, into }: FilePart) => access.read(into, { at: offset }) === into.length
  return parts.every(read) && next().every(read)
}

/** By a handle that other tabs may have too. undefined where there is none. */
async function withShared<T>(
  file: FileSystemFileHandle,
  read: (access: SyncAccessHandle) => T,
): Promise<T | undefined> {
  const access = await openShared(file)
  try {
    return access && read(access)
  } finally {
    access?.close()
  }
}

/** A handle that other tabs may have too: by far the quickest for many parts. undefined where there is none. */
async function openShared(file: WorkerFileHandle): Promise<SyncAccessHandle | undefined> {
  const access = await file.createSyncAccessHandle?.({ mode: 'read-only' })
  if (access?.mode === 'read-only') return access
  // Where modes are not known, the handle shuts all others out.
  access?.close()
  return undefined
}

async function readSlices(file: File, parts: readonly FilePart[]): Promise<boolean> {
  const isWhole = await Promise.all(
    parts.map(async ({ offset, into }) => {
      const bytes = new Uint8Array(await file.slice(offset, offset + into.length).arrayBuffer())
      into.set(bytes)
      return bytes.length === into.length
    }),
  )
  return isWhole.every(Boolean)
}

async function ifReadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'NotReadableError')) {
      return undefined
    }
    throw error
  }
}

/** Of dedicated workers only; lib.dom does not have it. */
export interface SyncAccessHandle {
  /** Of newer browsers. */
  readonly mode?: string
  getSize(): number
  truncate(size: number): void
  write(bytes: Uint8Array, options: { at: number }): number
  read(bytes: Uint8Array, options: { at: number }): number
  flush(): void
  close(): void
}

type WorkerFileHandle = FileSystemFileHandle & {
  createSyncAccessHandle?(options?: { mode: string }): Promise<SyncAccessHandle>
}

/** Throws a QuotaExceededError when there is no space; what is then in the file is of no use. */
export async function writeFile(folder: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> {
  const file: WorkerFileHandle = await folder.getFileHandle(name, { create: true })
  if (!file.createSyncAccessHandle) {
    const stream = await file.createWritable()
    await stream.write(bytes as Uint8Array<ArrayBuffer>)
    await stream.close()
    return
  }
  const access = await file.createSyncAccessHandle()
  try {
    access.truncate(0)
    const written = access.write(bytes, { at: 0 })
    access.flush()
    // A write that meets the quota may claim to have succeeded.
    if (written < bytes.length || !holds(access, bytes)) throw new DOMException('Short write', 'QuotaExceededError')
  } finally {
    access.close()
  }
}

function holds(access: SyncAccessHandle, bytes: Uint8Array): boolean {
  const found = new Uint8Array(bytes.length)
  return access.read(found, { at: 0 }) === bytes.length && found.every((byte, i) => byte === bytes[i])
}

/** undefined for what is not there; throws on anything else. */
export function unlessMissing(error: unknown): undefined {
  if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error
}
