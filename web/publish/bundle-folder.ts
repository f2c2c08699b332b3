import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readIfThere, replaceFile, temporarySuffix, unlessMissing } from '../engine/files-node.ts'
import { FolderStore, notesName } from '../engine/store-folder.ts'
import { thumbnailAddress, thumbnailHash } from '../engine/thumbnail-name.ts'
import { inOrder } from './in-order.ts'
import { hashesIn, readJsonObject } from './named-files.ts'
import { piecesOf } from './pieces.ts'

const loaderName = 'picfind.js'
const thumbnailFolder = 'thumbs'
const codeFolder = 'code'
/** One after the other, each would wait for the disk and for its turn. */
const filesAtOnce = 16

/** The files of a bundle. What is the same already is not written again; what is damaged is. */
export class BundleFolder {
  readonly path: string
  readonly store: FolderStore
  readonly #pending = new Map<string, Uint8Array>()
  /** Immutable files that were what they are named for when they were read here. */
  readonly #whole = new Set<string>()
  /** Names of those that are there. Each was written in one step, so what is there is whole. */
  #thumbnails: Set<string> | undefined

  constructor(path: string) {
    this.path = path
    this.store = new FolderStore(path)
  }

  /** Takes an immutable file, which `flush` writes, and returns its name. */
  keep(bytes: Uint8Array): string {
    const name = createHash('sha256').update(bytes).digest('hex')
    this.#pending.set(name, bytes)
    return name
  }

  /** Takes a file of any size in pieces that every host serves. */
  keepPieces(bytes: Uint8Array): { name: string; bytes: number }[] {
    return piecesOf(bytes).map(piece => ({ name: this.keep(piece), bytes: piece.length }))
  }

  async flush(): Promise<void> {
    const missing = [...this.#pending].filter(([name]) => !this.#whole.has(name))
    await this.#writeAll(missing)
    this.#pending.clear()
  }

  /** An immutable file; undefined if it is not there, or not what it is named for. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.store.read(name)
    if (!bytes || createHash('sha256').update(bytes).digest('hex') !== name) return undefined
    this.#whole.add(name)
    return bytes
  }

  /** Whether all of them are there, and what they are named for. */
  async areWhole(names: readonly string[]): Promise<boolean> {
    for await (const bytes of inOrder(names, filesAtOnce, name => this.read(name))) if (!bytes) return false
    return true
  }

  /** The immutable files that `names` lead to, themselves or through files that they name, and themselves. */
  async reachableFrom(names: Iterable<string>): Promise<Set<string>> {
    const found = new Set<string>()
    for (let next = [...names]; next.length > 0; ) {
      const fresh = [...new Set(next)].filter(name => !found.has(name))
      next = []
      for (const name of fresh) found.add(name)
      for await (const json of inOrder(fresh, filesAtOnce, name => readJsonObject(join(this.path, name)))) {
        next.push(...hashesIn(json))
      }
    }
    return found
  }

  /** Whether an immutable file is there. */
  async has(name: string): Promise<boolean> {
    return (await stat(join(this.path, name)).catch(unlessMissing)) !== undefined
  }

  /**
   * Relative address of a thumbnail: of the one that the bundle before had for its picture, `known`, where that is there, else of what
   * `make` gives; undefined if that is nothing.
   */
  async ensureThumbnail(
    known: string | undefined,
    make: () => Promise<Uint8Array | undefined>,
  ): Promise<string | undefined> {
    this.#thumbnails ??= new Set(await namesIn(join(this.path, thumbnailFolder)))
    const isThere = known !== undefined && this.#thumbnails.has(basename(known))
    if (isThere && thumbnailHash(known) !== undefined) return known
    // Named by its picture: the same bytes get a name of their own.
    const bytes = isThere ? await readFile(join(this.path, known)) : await make()
    if (!bytes?.length) return undefined
    const address = thumbnailAddress(createHash('sha256').update(bytes).digest('hex'))
    await this.#write(address, bytes)
    this.#thumbnails.add(basename(address))
    return address
  }

  /** Copies the code that runs in pages and returns the name of its folder: the sha256 of element.js, which knows those of the rest. */
  async copyCode(from: string): Promise<string> {
    const names = (await readdir(from, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(entry =>
        join(entry.parentPath, entry.name)
          .slice(from.length + 1)
          .replaceAll('\\', '/'),
      )
      .sort()
    const files = await Promise.all(names.map(async name => [name, await readFile(join(from, name))] as const))
    const code = createHash('sha256')
      .update(await readFile(join(from, 'element.js')))
      .digest('hex')
    await this.#writeAll(files.map(([name, bytes]) => [`${codeFolder}/${code}/${name}`, bytes]))
    return code
  }

  /** The file that pages name, which stays the same over years. */
  async copyLoader(from: string): Promise<void> {
    await this.#write(loaderName, await readFile(from))
  }

  /** Drops whatever is not named: immutable files, thumbnails by their addresses, folders of code. */
  async clean(keep: ReadonlySet<string>): Promise<void> {
    await this.store.clean(keep)
    // Of a library that was made here before, for its owner alone.
    await rm(join(this.path, notesName), { force: true })
    for (const name of await namesIn(join(this.path, thumbnailFolder))) {
      const isOurs = /^(own-)?[0-9a-f]{16}\.jpg$/.test(name) || name.endsWith(temporarySuffix)
      if (isOurs && !keep.has(`${thumbnailFolder}/${name}`)) await rm(join(this.path, thumbnailFolder, name))
    }
    for (const name of await namesIn(join(this.path, codeFolder))) {
      if (/^[0-9a-f]{64}$/.test(name) && !keep.has(`${codeFolder}/${name}`)) {
        await rm(join(this.path, codeFolder, name), { recursive: true })
      }
    }
  }

  /** All have ended before an error is passed on: nothing may be written once the lock is released. */
  async #writeAll(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Promise<void> {
    const failures: { error: unknown }[] = []
    const write = ([name, bytes]: readonly [string, Uint8Array]) =>
      this.#write(name, bytes).catch(error => void failures.push({ error }))
    for await (const _ of inOrder(files, filesAtOnce, write));
    if (failures[0]) throw failures[0].error
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.path, name)
    const known = await readIfThere(path)
    if (known && Buffer.compare(known, bytes) === 0) return
    await mkdir(dirname(path), { recursive: true })
    await replaceFile(path, bytes)
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(unlessMissing)) ?? []
}
