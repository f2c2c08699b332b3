import { isInside, normalPath } from './source.ts'
import type { AddOptions } from './types.ts'

/** Which folders of a source count: those in an included one (all, if none is named) and in no excluded one. */
export class FolderFilter {
  readonly #include: string[]
  readonly #exclude: string[]

  constructor({ include = [], exclude = [] }: Pick<AddOptions, 'include' | 'exclude'>) {
    this.#include = include.map(normalPath)
    this.#exclude = exclude.map(normalPath)
  }

  accepts(path: string): boolean {
    const included = this.#include.length === 0 || this.#include.some(folder => isInside(path, folder))
    return included && !this.#excludes(path)
  }

  /** Whether anything in the folder may be accepted. */
  enters(folder: string): boolean {
    return this.accepts(folder) || (!this.#excludes(folder) && this.#include.some(inner => isInside(inner, folder)))
  }

  #excludes(path: string): boolean {
    return this.#exclude.some(folder => isInside(path, folder))
  }
}
