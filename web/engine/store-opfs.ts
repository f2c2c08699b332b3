import { equalBytes } from './equal-bytes.ts'
import { PicfindError, reasonOf } from './errors.ts'
import { OpenFiles } from './open-files.ts'
import { readFile, readFrom, readInto, readParts, unlessMissing, writeFile } from './opfs-files.ts'
import { noFallback, sha256 } from './sha256.ts'
import { recallNote, rememberNote } from './source-notes.ts'
import {
  type FilePart,
  fileNamePattern,
  type NextParts,
  type Publication,
  type Store,
  type StoreDescription,
  type WriterLock,
} from './store.ts'

/** A library in the browser's private file system. */
export function opfs(name: string): StoreDescription {
  return { kind: 'opfs', name }
}

/** Names of the libraries this origin keeps. */
export async function listLibraries(): Promise<string[]> {
  const names: string[] = []
  const root = await libraries(false)
  if (root) for await (const [name] of root.entries()) names.push(decodeURIComponent(name))
  return names.sort()
}

/** Bytes of all that a library has here. */
export async function storedBytes(name: string): Promise<number> {
  const root = await libraries(false)
  const folder = await root?.getDirectoryHandle(encodeURIComponent(name)).catch(unlessMissing)
  let bytes = 0
  if (!folder) return bytes
  for await (const handle of folder.values()) {
    const file = handle.kind === 'file' && (await (handle as FileSystemFileHandle).getFile().catch(unlessMissing))
    if (file) bytes += file.size
  }
  return bytes
}

/** Removes a library without opening it, so that a damaged one goes too. While it is written: waits, or throws `busy`. */
export async function removeStored(name: string, whenWritten: 'wait' | 'throw' = 'throw'): Promise<void> {
  const store = new OpfsStore(name)
  try {
    const lock = await takeLock(`picfind:${name}:writer`, { ifAvailable: whenWritten === 'throw' })
    if (!lock) throw new PicfindError('busy', `Another tab is writing to ${name}; try again when it is done.`)
    await store.remove().finally(() => lock.release())
  } finally {
    store.close()
  }
}

/** Whether libraries can be kept here at all, and if not, why. */
export async function whyNoOpfs(): Promise<string | undefined> {
  if (!globalThis.isSecureContext) return 'this address is not secure (neither https nor localhost)'
  if (!navigator.storage?.getDirectory || !navigator.locks) return 'this browser has no private file system'
  try {
    await navigator.storage.getDirectory()
    return undefined
  } catch (error) {
    return `this browser does not open its private file system here, as in private windows (${reasonOf(error)})`
  }
}

const slots = ['manifest-a', 'manifest-b'] as const

interface Slot {
  name: string
  sequence: number
  manifest: Uint8Array
}

/** Handles of files that are kept, and how many of these files stay open for a while: a process may be allowed no more than 1,024 in all. */
const mostHandles = 1000
const mostOpen = 256

export class OpfsStore implements Store {
  readonly name: string
  readonly readOnly = false
  readonly #channel: BroadcastChannel
  /** Those of which parts were read. */
  readonly #files = new Map<string, FileSystemFileHandle>()
  readonly #open = new OpenFiles(mostOpen, () => takeLock(this.#readersLock, { mode: 'shared', ifAvailable: true }))

  constructor(name: string) {
    if (name === '' || name === '.' || name === '..') {
      throw new PicfindError('usage', `"${name}" cannot be the name of a library; give it a name with letters.`)
    }
    this.name = name
    this.#channel = new BroadcastChannel(`picfind:${name}`)
    // Files go with a manifest. Chromium lets nobody write one again for a while that was opened when it had gone.
    this.#channel.addEventListener('message', () => this.#files.clear())
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const folder = await this.#folder(false)
    return folder && readFile(folder, name)
  }

  async readInto(name: string, room: (bytes: number) => Uint8Array): Promise<boolean> {
    const folder = await this.#folder(false)
    return folder !== undefined && readInto(folder, name, room)
  }

  async readParts(name: string, parts: readonly FilePart[], next: NextParts = () => []): Promise<boolean> {
    const open = this.#open.get(name)
    if (open) return readFrom(open, parts, next)
    const file = this.#files.get(name) ?? (await this.#findFile(name))
    return file !== undefined && readParts(file, parts, next, access => this.#open.keep(name, access))
  }

  /** Finding a file takes five answers of the browser, opening it one: a query reads parts of a hundred files. */
  async #findFile(name: string): Promise<FileSystemFileHandle | undefined> {
    const folder = await this.#folder(false)
    const file = await folder?.getFileHandle(name).catch(unlessMissing)
    if (this.#files.size >= mostHandles) this.#files.clear()
    if (file) this.#files.set(name, file)
    return file
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const folder = await this.#existingFolder()
    const present = await readFile(folder, name)
    if (present && equalBytes(present, bytes)) return
    try {
      await writeFile(folder, name, bytes)
    } catch (error) {
      if (!present) await folder.removeEntry(name).catch(() => undefined)
      throw this.#explain(error)
    }
  }

  async readManifest(): Promise<Uint8Array | undefined> {
    return (await this.#slots())[0]?.manifest
  }

  /** Overwrites the slot that is not in use: a torn write leaves the other. */
  async publish(manifest: Uint8Array, sequence: number): Promise<void> {
    const folder = await this.#existingFolder()
    const current = (await this.#slots())[0]?.name
    const slot = current === slots[0] ? slots[1] : slots[0]
    try {
      await writeFile(folder, slot, await sealSlot(manifest, sequence))
    } catch (error) {
      throw this.#explain(error)
    }
    this.#channel.postMessage({ sequence } satisfies Publication)
  }

  async clean(keep: ReadonlySet<string>): Promise<void> {
    this.#open.close()
    this.#files.clear()
    await navigator.locks.request(this.#readersLock, async () => {
      const folder = await this.#folder(false)
      if (!folder) return
      const surplus: string[] = []
      for await (const [name] of folder.entries()) if (fileNamePattern.test(name) && !keep.has(name)) surplus.push(name)
      for (const name of surplus) await folder.removeEntry(name)
    })
  }

  async reading<T>(work: () => Promise<T>): Promise<T> {
    const read = (ifAvailable: boolean) =>
      navigator.locks.request(this.#readersLock, { mode: 'shared', ifAvailable }, async lock => {
        return lock ? { value: await work() } : undefined
      })
    try {
      const atOnce = await read(true)
      if (atOnce) return atOnce.value
      // Somebody waits to remove files, until those that are open here are closed.
      this.#open.close()
      return (await read(false))!.value
    } finally {
      this.#open.rest()
    }
  }

  async lockWriter(): Promise<WriterLock | undefined> {
    const lock = await takeLock(`picfind:${this.name}:writer`, { ifAvailable: true })
    if (lock) await this.#folder(true)
    return lock
  }

  lockGraph(signal: AbortSignal): Promise<WriterLock | undefined> {
    return takeLock(`picfind:${this.name}:graph`, { signal })
  }

  onPublish(callback: (publication: Publication) => void): () => void {
    const listener = (event: MessageEvent<Publication>) => callback(event.data)
    this.#channel.addEventListener('message', listener)
    return () => this.#channel.removeEventListener('message', listener)
  }

  recall(source: string): Promise<unknown> {
    return recallNote(this.name, source)
  }

  remember(source: string, note: unknown): Promise<void> {
    return rememberNote(this.name, source, note)
  }

  async remove(): Promise<void> {
    this.#open.close()
    await navigator.locks.request(this.#readersLock, async () => {
      const root = await libraries(false)
      await root?.removeEntry(encodeURIComponent(this.name), { recursive: true }).catch(unlessMissing)
    })
    this.#channel.postMessage({ removed: true } satisfies Publication)
  }

  close(): void {
    this.#open.close()
    this.#channel.close()
  }

  get #readersLock(): string {
    return `picfind:${this.name}:readers`
  }

  async #folder(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
    const root = await libraries(create)
    return root?.getDirectoryHandle(encodeURIComponent(this.name), { create }).catch(unlessMissing)
  }

  async #existingFolder(): Promise<FileSystemDirectoryHandle> {
    const folder = await this.#folder(true)
    if (!folder) throw new PicfindError('not-found', `The library "${this.name}" is not there any more.`)
    return folder
  }

  /** The slots that are whole, the newest first. */
  async #slots(): Promise<Slot[]> {
    const folder = await this.#folder(false)
    if (!folder) return []
    const opened = await Promise.all(
      slots.map(async name => {
        const bytes = await readFile(folder, name)
        return bytes && openSlot(name, bytes)
      }),
    )
    return opened.filter(slot => slot !== undefined).sort((a, b) => b.sequence - a.sequence)
  }

  #explain(error: unknown): unknown {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') {
      const advice = 'Free some space or remove a library, then index again: what is there is kept.'
      return new PicfindError('no-space', `The browser has no space left for the library "${this.name}". ${advice}`)
    }
    return error
  }
}

async function libraries(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  const root = await navigator.storage.getDirectory()
  return root.getDirectoryHandle('picfind', { create }).catch(unlessMissing)
}

/** A line with sequence and checksum, then the manifest. */
async function sealSlot(manifest: Uint8Array, sequence: number): Promise<Uint8Array> {
  const head = new TextEncoder().encode(`${sequence} ${await sha256(manifest, noFallback)}\n`)
  const slot = new Uint8Array(head.length + manifest.length)
  slot.set(head)
  slot.set(manifest, head.length)
  return slot
}

async function openSlot(name: string, bytes: Uint8Array): Promise<Slot | undefined> {
  const end = bytes.indexOf(0x0a)
  const [sequence, checksum] = new TextDecoder().decode(bytes.subarray(0, end)).split(' ')
  const manifest = bytes.slice(end + 1)
  if (end < 0 || checksum !== (await sha256(manifest, noFallback))) return undefined
  return { name, sequence: Number(sequence), manifest }
}

function takeLock(name: string, options: LockOptions): Promise<WriterLock | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, options, lock => {
        if (!lock) return resolve(undefined)
        return new Promise<void>(done => resolve({ release: async () => done() }))
      })
      .catch(reject)
  })
}
