import type { SyncAccessHandle } from './opfs-files.ts'
import type { WriterLock } from './store.ts'

/** Milliseconds after which what nobody reads is closed: for so long another tab may have to wait until it can remove a file. */
const idle = 500

/**
 * Files of the browser's private file system that stay open from one read to the next, because opening takes most of the time of reading
 * a few bytes. No file can be removed that is open anywhere; so a lock is held for as long as one is.
 */
export class OpenFiles {
  readonly #most: number
  readonly #takeLock: () => Promise<WriterLock | undefined>
  readonly #files = new Map<string, SyncAccessHandle>()
  #lock: Promise<WriterLock | undefined> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `takeLock` gives none while somebody waits to remove files. */
  constructor(most: number, takeLock: () => Promise<WriterLock | undefined>) {
    this.#most = most
    this.#takeLock = takeLock
  }

  get(name: string): SyncAccessHandle | undefined {
    const access = this.#files.get(name)
    if (access) {
      // A Map keeps the order of insertion: the last one is the one used last.
      this.#files.delete(name)
      this.#files.set(name, access)
    }
    return access
  }

  /** Takes over a handle that has been read from: it stays open, or is closed. */
  async keep(name: string, access: SyncAccessHandle): Promise<void> {
    this.#lock ??= this.#takeLock()
    const lock = this.#lock
    const isLocked = (await lock) !== undefined
    if (lock !== this.#lock || !isLocked || this.#files.has(name)) {
      if (lock === this.#lock && !isLocked) this.#lock = undefined
      access.close()
      return
    }
    this.#files.set(name, access)
    if (this.#files.size <= this.#most) return
    const [oldest] = this.#files.keys()
    this.#files.get(oldest!)?.close()
    this.#files.delete(oldest!)
  }

  /** Nobody reads now; after a while without another read all are closed. */
  rest(): void {
    clearTimeout(this.#timer)
    if (this.#lock) this.#timer = setTimeout(() => this.close(), idle)
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const access of this.#files.values()) access.close()
    this.#files.clear()
    void this.#lock?.then(lock => lock?.release())
    this.#lock = undefined
  }
}
