import { mkdir, open, readdir, rm, rmdir, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PicfindError, reasonOf } from './errors.ts'
import { type FileLock, takeFileLock } from './file-lock.ts'
import { errnoOf, readIfThere, readPartsIfThere, replaceFile, temporarySuffix, unlessMissing } from './files-node.ts'
import {
  type FilePart,
  fileNamePattern,
  type NextParts,
  type Store,
  type StoreDescription,
  type WriterLock,
} from './store.ts'

/** A library in a folder; the same files can be served as a static site. */
export function folder(path: string): StoreDescription {
  return { kind: 'folder', path }
}

const manifestName = 'manifest.json'
const lockName = '.picfind-writer'
/** What is remembered of sources, such as where they are on this machine. */
export const notesName = '.picfind-sources.json'

export class FolderStore implements Store {
  readonly name: string
  readonly readOnly = false
  #known: Set<string> | undefined
  #written = false
  #lock: FileLock | undefined

  constructor(path: string) {
    this.name = resolve(path)
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return readIfThere(join(this.name, name))
  }

  readParts(name: string, parts: readonly FilePart[], next?: NextParts): Promise<boolean> {
    return readPartsIfThere(join(this.name, name), parts, next)
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const known = await this.#names()
    if (known.has(name)) return
    await this.#replace(name, bytes)
    known.add(name)
    this.#written = true
  }

  readManifest(): Promise<Uint8Array | undefined> {
    return readIfThere(join(this.name, manifestName)).catch(error => {
      throw this.#explain(error, this.name)
    })
  }

  async publish(manifest: Uint8Array): Promise<void> {
    if (this.#lock && !(await this.#lock.isHeld())) {
      const advice = 'Index again when it is done: what is there is kept.'
      throw new PicfindError(
        'busy',
        `Another process has begun to write to ${this.name} while this one slept. ${advice}`,
      )
    }
    // The files' names must be on the disk before a manifest that names them is.
    if (this.#written) await this.#syncFolder()
    this.#written = false
    await this.#replace(manifestName, manifest)
    await this.#syncFolder()
  }

  async clean(keep: ReadonlySet<string>): Promise<void> {
    const known = await this.#names()
    for (const name of known) {
      if (keep.has(name)) continue
      await unlink(join(this.name, name)).catch(unlessMissing)
      known.delete(name)
    }
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  async lockWriter(): Promise<WriterLock | undefined> {
    await mkdir(this.name, { recursive: true }).catch(error => {
      throw this.#explain(error, this.name)
    })
    const path = join(this.name, lockName)
    const lock = await takeFileLock(path).catch(error => {
      throw this.#explain(error, path)
    })
    if (!lock) {
      const advice = `try again when it is done. If there is none, remove ${path}.`
      throw new PicfindError('busy', `Another process is writing to ${this.name}; ${advice}`)
    }
    await this.#dropLeftovers()
    this.#lock = lock
    return lock
  }

  onPublish(): () => void {
    return () => {}
  }

  async recall(source: string): Promise<unknown> {
    return (await this.#notes())[source]
  }

  async remember(source: string, note: unknown): Promise<void> {
    const notes = await this.#notes()
    if (JSON.stringify(notes[source]) === JSON.stringify(note)) return
    notes[source] = note
    await this.#replace(notesName, new TextEncoder().encode(`${JSON.stringify(notes, null, 2)}\n`))
  }

  async remove(): Promise<void> {
    await unlink(join(this.name, manifestName)).catch(unlessMissing)
    await this.clean(new Set())
    await unlink(join(this.name, notesName)).catch(unlessMissing)
    await unlink(join(this.name, lockName)).catch(unlessMissing)
    // What else is in the folder is not ours.
    await rmdir(this.name).catch(() => undefined)
  }

  close(): void {}

  async #notes(): Promise<Record<string, unknown>> {
    const bytes = await readIfThere(join(this.name, notesName))
    if (!bytes) return {}
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    } catch {
      return {}
    }
  }

  async #names(): Promise<Set<string>> {
    if (!this.#known) {
      const names = await readdir(this.name).catch(() => [])
      this.#known = new Set(names.filter(name => fileNamePattern.test(name)))
    }
    return this.#known
  }

  /** A writer that was killed leaves temporary files, and files that no manifest came to name. The latter go with the next clean. */
  async #dropLeftovers(): Promise<void> {
    this.#known = undefined
    for (const name of await readdir(this.name)) {
      if (name.endsWith(temporarySuffix)) await rm(join(this.name, name), { force: true })
    }
  }

  async #replace(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.name, name)
    await replaceFile(path, bytes).catch(error => {
      throw this.#explain(error, path)
    })
  }

  async #syncFolder(): Promise<void> {
    // Windows cannot open folders; its renames are journalled.
    if (process.platform === 'win32') return
    const directory = await open(this.name, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  #explain(error: unknown, path: string): unknown {
    const code = errnoOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new PicfindError(
        'no-space',
        `No space left for ${path}. Free some and index again: what is there is kept.`,
      )
    }
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
      return new PicfindError('read-only', `${path} cannot be written (${reasonOf(error)}).`)
    }
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      return new PicfindError('usage', `${path} is not a folder; name a folder for the library.`)
    }
    return error
  }
}
