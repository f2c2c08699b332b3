import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, replaceFile } from '../engine/files-node.ts'
import type { SourceFile } from '../engine/source.ts'
import type { MetadataWanted, PictureDetails } from './picture-details.ts'

interface Note {
  size: number
  modified: number
  details: PictureDetails
}

interface NotesFile {
  format: number
  wanted: MetadataWanted
  files: Record<string, Note>
}

const format = 1

/** Details of a site's pictures from the run before, so that files that did not change are not read again. They stay on this machine. */
export class PictureNotes {
  readonly #path: string
  readonly #wanted: MetadataWanted
  readonly #known: Map<string, Note>
  readonly #current = new Map<string, Note>()

  private constructor(path: string, wanted: MetadataWanted, known: Map<string, Note>) {
    this.#path = path
    this.#wanted = wanted
    this.#known = known
  }

  static async read(folder: string, wanted: MetadataWanted): Promise<PictureNotes> {
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'details.json')
    const notes = parse(await readIfThere(path))
    const isUsable = notes?.format === format && notes.wanted.gps === wanted.gps && notes.wanted.all === wanted.all
    return new PictureNotes(path, wanted, new Map(isUsable ? Object.entries(notes.files) : []))
  }

  /** Of an unchanged file; of others what `read` says. */
  async detailsOf(file: SourceFile, read: () => Promise<PictureDetails>): Promise<PictureDetails> {
    const { path, size, modified } = file
    const known = this.#known.get(path)
    const isCurrent = known?.size === size && known.modified === modified
    const note = isCurrent ? known : { size, modified, details: await read() }
    this.#current.set(path, note)
    return note.details
  }

  async write(): Promise<void> {
    const notes: NotesFile = { format, wanted: this.#wanted, files: Object.fromEntries(this.#current) }
    await replaceFile(this.#path, new TextEncoder().encode(JSON.stringify(notes)))
  }
}

function parse(bytes: Uint8Array | undefined): NotesFile | undefined {
  try {
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as NotesFile)
  } catch {
    return undefined
  }
}
