/** Model files on disk: shipped ones beside their manifest, downloads in the user's cache folder. Node only. */
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { DownloadNote, ModelCache } from './model-cache.ts'
import type { LocalReader } from './model-files.ts'

/** The folder for downloads of a model, by the XDG base directory specification. */
export function downloadFolder(modelId: string): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'picfind', 'models', modelId)
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Files of a folder on disk. */
export function folderReader(folder: string): LocalReader {
  return path => readIfThere(join(folder, path))
}

/** A part is `<name>.part` until it is renamed to `<name>`; the note is `<name>.json`. */
export function folderCache(folder: string): ModelCache {
  const path = (name: string): string => join(folder, name)
  const partPath = (name: string): string => join(folder, `${name}.part`)
  const notePath = (name: string): string => join(folder, `${name}.json`)
  return {
    read: name => readIfThere(path(name)),
    readPart: name => readIfThere(partPath(name)),
    async writePart(name, offset, bytes) {
      await mkdir(folder, { recursive: true })
      const part = await open(partPath(name), offset === 0 ? 'w' : 'r+')
      try {
        await part.write(bytes, 0, bytes.length, offset)
      } finally {
        await part.close()
      }
    },
    async finish(name) {
      await rename(partPath(name), path(name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
    async readNote(name) {
      const bytes = await readIfThere(notePath(name))
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as DownloadNote)
    },
    async writeNote(name, note) {
      await mkdir(folder, { recursive: true })
      const temporary = `${notePath(name)}.${process.pid}`
      await writeFile(temporary, JSON.stringify(note))
      await rename(temporary, notePath(name))
    },
    async remove(name) {
      await rm(path(name), { force: true })
      await rm(partPath(name), { force: true })
    },
  }
}
