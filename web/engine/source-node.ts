import { openAsBlob, type Stats } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { PicfindError, reasonOf } from './errors.ts'
import { errnoOf } from './files-node.ts'
import {
  isHidden,
  isPicture,
  normalPath,
  type Source,
  type SourceFile,
  type SourceOrigin,
  type Unreadable,
} from './source.ts'

/** One after the other, each would wait for the disk and for its turn. */
const statsAtOnce = 64

export interface FolderOptions {
  /** The folder's own if not given. */
  name?: string
  url?: string
  /** Which files are listed, by their names; pictures if not given. */
  wants?: (name: string) => boolean
}

/** A folder with everything under it; symbolic links are followed. */
export function sourceFromFolder(path: string, options: FolderOptions = {}): Source {
  return new FolderSource(resolve(path), options)
}

/** By whatever links they are reached; undefined where `known` is not there any more, or its drive is not mounted. */
export async function isSameFolder(known: string, path: string): Promise<boolean | undefined> {
  const [place, other] = await Promise.all([known, path].map(folder => realpath(folder).catch(() => undefined)))
  return place === undefined ? undefined : place === other
}

class FolderSource implements Source {
  readonly name: string
  readonly url: string | undefined
  readonly complete = true
  readonly origin: SourceOrigin
  readonly #path: string
  readonly #wants: (name: string) => boolean

  constructor(path: string, options: FolderOptions) {
    this.#path = path
    this.name = (options.name ?? (basename(path) || 'root')).normalize('NFC')
    this.url = options.url
    this.#wants = options.wants ?? isPicture
    this.origin = { kind: 'folder', path }
  }

  async *list(enter: (folder: string) => boolean = () => true): AsyncGenerator<SourceFile | Unreadable> {
    const info = await stat(this.#path).catch(() => undefined)
    if (!info) throw new PicfindError('not-found', `There is no folder ${this.#path}.`)
    if (!info.isDirectory()) throw new PicfindError('usage', `${this.#path} is not a folder; name the folder it is in.`)
    yield* this.#walk('', [], enter)
  }

  async read(path: string): Promise<Blob | undefined> {
    const place = await this.#find(path)
    return place === undefined ? undefined : openAsBlob(place)
  }

  /** `above`: real paths of the folders on the way here, so that a link back to one of them is not followed. */
  async *#walk(
    folder: string,
    above: string[],
    enter: (folder: string) => boolean,
  ): AsyncGenerator<SourceFile | Unreadable> {
    const place = join(this.#path, folder)
    let names: string[]
    let here: string
    try {
      here = await realpath(place)
      if (above.includes(here)) return
      names = (await readdir(place)).sort()
    } catch (error) {
      // Without its root nothing is known of the source: that is a failed listing, not an empty folder.
      if (folder === '') throw new PicfindError('not-found', `${place} cannot be read (${reasonOf(error)}).`)
      yield { path: normalPath(folder), unreadable: reasonOf(error) }
      return
    }
    const paths = names.filter(name => !isHidden(name)).map(name => (folder === '' ? name : `${folder}/${name}`))
    for (let begin = 0; begin < paths.length; begin += statsAtOnce) {
      const some = paths.slice(begin, begin + statsAtOnce)
      const infos = await Promise.all(some.map(path => this.#stat(path)))
      for (const [i, info] of infos.entries()) {
        const path = some[i]!
        if ('unreadable' in info) {
          // What may be a folder is not gone as long as its disk does not say so: nor is anything in it.
          if (this.#wants(basename(path)) || !info.isGone) yield { path: normalPath(path), unreadable: info.unreadable }
        } else if (info.isDirectory()) {
          if (enter(normalPath(path))) yield* this.#walk(path, [...above, here], enter)
        } else if (info.isFile() && this.#wants(basename(path))) yield this.#file(path, info)
      }
    }
  }

  #stat(path: string): Promise<Stats | { unreadable: string; isGone: boolean }> {
    return stat(join(this.#path, path)).catch(error => ({
      unreadable: reasonOf(error),
      isGone: errnoOf(error) === 'ENOENT',
    }))
  }

  #file(path: string, info: Stats): SourceFile {
    const place = join(this.#path, path)
    return {
      path: normalPath(path),
      size: info.size,
      modified: Math.floor(info.mtimeMs),
      open: () => readFile(place),
    }
  }

  /** Where a normalised path is on the disk, whose own spelling need not be NFC. */
  async #find(path: string): Promise<string | undefined> {
    let place = this.#path
    for (const part of path.split('/')) {
      const direct = join(place, part)
      if (await stat(direct).catch(() => undefined)) {
        place = direct
        continue
      }
      const names = await readdir(place).catch(() => [])
      const name = names.find(found => found.normalize('NFC') === part)
      if (name === undefined) return undefined
      place = join(place, name)
    }
    return place
  }
}
