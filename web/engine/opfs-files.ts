/** Files of the browser's private file system. */
import type { FilePart } from './store.ts'

/** undefined too when another tab is writing it just now. */
export function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array | undefined> {
  return ifReadable(async () => {
    const file = await (await folder.getFileHandle(name)).getFile()
    return new Uint8Array(await file.arrayBuffer())
  })
}

/** undefined too for a file that ends before a part does. */
export function readParts(
  folder: FileSystemDirectoryHandle,
  name: string,
  parts: readonly FilePart[],
): Promise<Uint8Array[] | undefined> {
  return ifReadable(async () => {
    const handle: WorkerFileHandle = await folder.getFileHandle(name)
    const read = (await readShared(handle, parts)) ?? (await readSlices(await handle.getFile(), parts))
    return read.every((bytes, i) => bytes.length === parts[i]?.length) ? read : undefined
  })
}

/** By a handle that other tabs may have too: by far the quickest for many parts. undefined where there is none. */
async function readShared(file: WorkerFileHandle, parts: readonly FilePart[]): Promise<Uint8Array[] | undefined> {
  const access = await file.createSyncAccessHandle?.({ mode: 'read-only' })
  try {
    // Where modes are not known, the handle shuts all others out.
    if (access?.mode !== 'read-only') return undefined
    return parts.map(({ offset, length }) => {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, access.read(bytes, { at: offset }))
    })
  } finally {
    access?.close()
  }
}

function readSlices(file: File, parts: readonly FilePart[]): Promise<Uint8Array[]> {
  return Promise.all(
    parts.map(async ({ offset, length }) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())),
  )
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
interface SyncAccessHandle {
  /** Of newer browsers. */
  readonly mode?: string
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
