import type { Source, SourceFile } from '../engine/source.ts'
import { sourceFromFolder } from '../engine/source-node.ts'
import type { SitePicture } from './site-pictures.ts'

/** The pictures of a site as the engine indexes them. */
export class SiteSource implements Source {
  readonly name: string
  readonly complete = true
  readonly #files: readonly SourceFile[]
  readonly #folder: Source

  constructor(name: string, site: string, pictures: readonly SitePicture[]) {
    this.name = name
    this.#files = pictures.map(({ file }) => file)
    this.#folder = sourceFromFolder(site)
  }

  async *list(): AsyncGenerator<SourceFile> {
    yield* this.#files
  }

  read(path: string): Promise<Blob | undefined> {
    return this.#folder.read(path)
  }
}
