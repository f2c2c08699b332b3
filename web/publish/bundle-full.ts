import type { LibraryFile } from '../engine/core.ts'
import type { BundleFolder } from './bundle-folder.ts'

/** Bytes of files by their names. */
export type Sizes = Record<string, number>

/** How the bundle's descriptor names what full search fetches. */
export interface FullEntry {
  /** Of all of it, but for the code. */
  bytes: number
  /** The list of its files: those that it cannot answer without, and those it takes to go on without a network. */
  files: string
  /** The picture tower is among them, so that pictures can be searched by. */
  pictures: boolean
}

/** The list by which a page tells what of full search it has already. `searched`: names of the files that are searched in. */
export function keepFullList(
  folder: Pick<BundleFolder, 'keep'>,
  library: readonly LibraryFile[],
  searched: ReadonlySet<string>,
  model: Sizes,
  pictures: boolean,
): FullEntry {
  const sizesOf = (files: readonly LibraryFile[]): Sizes =>
    Object.fromEntries(files.map(({ name, bytes }): [string, number] => [name, bytes.length]).sort())
  const needed = { ...model, ...sizesOf(library.filter(({ name }) => searched.has(name))) }
  const further = sizesOf(library.filter(({ name }) => !searched.has(name)))
  const sizes = Object.values({ ...needed, ...further })
  const list = folder.keep(new TextEncoder().encode(JSON.stringify({ needed, further })))
  return { bytes: sizes.reduce((sum, bytes) => sum + bytes, 0), files: list, pictures }
}
