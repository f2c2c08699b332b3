/** Files of the browser's private file system. */

/** undefined too when another tab is writing it just now. */
export async function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array | undefined> {
  try {
    const file = await (await folder.getFileHandle(name)).getFile()
    return new Uint8Array(await file.arrayBuffer())
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'NotReadableError')) {
      return undefined
    }
    throw error
  }
}

/** Of dedicated workers only; lib.dom does not have it. */
interface SyncAccessHandle {
  truncate(size: number): void
  write(bytes: Uint8Array, options: { at: number }): number
  read(bytes: Uint8Array, options: { at: number }): number
  flush(): void
  close(): void
}

type WorkerFileHandle = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncAccessHandle> }

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
