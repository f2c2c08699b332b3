import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, replaceFile, temporarySuffix, unlessMissing } from '../engine/files-node.ts'
import { inOrder } from './in-order.ts'

const manifestName = 'manifest.json'
const filesAtOnce = 16

/**
 * Generators empty the folder they build into, and with it goes the bundle: its vectors, its mean, the generation before. So its files
 * are kept in the cache, but for those of the model and the code, which are elsewhere, and the thumbnails, which the work library has.
 */
export class KeptBundle {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Puts the bundle back where there is none; false if none is kept. */
  async restore(place: string): Promise<boolean> {
    const manifest = await readIfThere(join(this.#path, manifestName))
    if (!manifest) return false
    await mkdir(place, { recursive: true })
    await copyMissing(this.#path, place, await immutableFiles(this.#path))
    await replaceFile(join(place, manifestName), manifest)
    return true
  }

  /** Keeps the bundle as it is, without the files in `others`. What it kept before stays whole until the manifest is replaced. */
  async keep(place: string, others: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#path, { recursive: true })
    const names = (await immutableFiles(place)).filter(name => !others.has(name))
    await copyMissing(place, this.#path, names)
    await replaceFile(join(this.#path, manifestName), await readFile(join(place, manifestName)))
    const wanted = new Set([manifestName, ...names])
    for (const name of await readdir(this.#path)) if (!wanted.has(name)) await rm(join(this.#path, name))
  }
}

async function immutableFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? []
  return names.filter(name => /^[0-9a-f]{64}$/.test(name))
}

/** What is of the same name is the same. */
async function copyMissing(from: string, to: string, names: string[]): Promise<void> {
  const there = new Set(await immutableFiles(to))
  const copy = async (name: string) => {
    const temporary = join(to, name) + temporarySuffix
    await copyFile(join(from, name), temporary, constants.COPYFILE_FICLONE)
    await rename(temporary, join(to, name))
  }
  const missing = names.filter(name => !there.has(name))
  for await (const _ of inOrder(missing, filesAtOnce, copy));
}
