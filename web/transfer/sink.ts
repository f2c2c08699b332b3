import { PicfindError } from '../engine/errors.ts'
import { ZipWriter } from './zip-write.ts'

/** Takes the files of a bundle one after the other; the manifest last, so that what breaks off is no bundle. */
export interface Sink {
  write(path: string, bytes: Uint8Array): Promise<void>
}

export class ZipSink implements Sink {
  readonly #zip = new ZipWriter()
  readonly #folder: string

  /** `folder`: what all files are in, as a zip is unpacked by its name. */
  constructor(folder: string) {
    this.#folder = folder
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#zip.add(`${this.#folder}/${path}`, bytes)
  }

  end(): Promise<Blob> {
    return this.#zip.end()
  }
}

/** A new folder inside one that the person has chosen: nothing that is there is touched. */
export class FolderSink implements Sink {
  readonly name: string
  readonly #parent: FileSystemDirectoryHandle
  readonly #folder: FileSystemDirectoryHandle

  private constructor(parent: FileSystemDirectoryHandle, folder: FileSystemDirectoryHandle) {
    this.#parent = parent
    this.#folder = folder
    this.name = folder.name
  }

  static async in(parent: FileSystemDirectoryHandle, wanted: string): Promise<FolderSink> {
    const taken = new Set<string>()
    for await (const name of parent.keys()) taken.add(name.toLowerCase())
    let name = wanted
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wanted} ${n}`
    return new FolderSink(parent, await parent.getDirectoryHandle(name, { create: true }))
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const parts = path.split('/')
    const last = parts.pop()!
    let folder = this.#folder
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true })
    try {
      const stream = await (await folder.getFileHandle(last, { create: true })).createWritable()
      await stream.write(bytes as Uint8Array<ArrayBuffer>)
      await stream.close()
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'QuotaExceededError')) throw error
      throw new PicfindError('no-space', `There is no space left for the folder ${this.name}; free some and try again.`)
    }
  }

  /** Removes what has been written. */
  async discard(): Promise<void> {
    await this.#parent.removeEntry(this.name, { recursive: true })
  }
}
