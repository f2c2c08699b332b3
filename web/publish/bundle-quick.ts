import type { BundleFolder } from './bundle-folder.ts'
import { formerNeighbours } from './former-neighbours.ts'
import { writeLexicon } from './quick-lexicon.ts'
import { neighbourRule } from './quick-neighbours.ts'
import { type QuickInput, writeQuick } from './quick-write.ts'

/** What it needs of the place a bundle is written to. */
export type QuickFolder = Pick<BundleFolder, 'keep' | 'read' | 'areWhole'>

/** How the bundle's descriptor names quick search. */
export interface QuickEntry {
  /** Quick search's own descriptor. */
  file: string
  /** All that was written for it, and what it was made from: for the next update, pages do not read it. */
  contents: string
}

interface Contents {
  files: string[]
  from: string
  lexicon?: Lexicon
  /** By which rule neighbours are chosen. */
  neighbours?: number
}

/** The part that follows from the model. */
interface Lexicon {
  name?: string
  files: string[]
  model: string
}

/** Quick search of the bundle before. */
export interface PreviousQuick {
  entry: QuickEntry
  /** Of that bundle's picture of an id, float32[dim]. */
  vectorOf(id: string): Float32Array | undefined
}

/**
 * Quick search of a bundle. Making it takes seconds, its lexicon most of them, so what was made from the same is taken as it is. `model`:
 * what decides the bytes of the lexicon; `from`: what decides all of them.
 */
export async function keepQuick(
  input: Omit<QuickInput, 'keep' | 'lexicon' | 'former'>,
  folder: QuickFolder,
  previous: PreviousQuick | undefined,
  { model, from }: { model: string; from: unknown },
): Promise<QuickEntry> {
  const origin = input.core.sha256(new TextEncoder().encode(JSON.stringify(from)))
  const before = previous && (await readContents(folder, previous.entry))
  if (previous && before?.from === origin && (await folder.areWhole(before.files))) return previous.entry
  const known = before?.lexicon
  const isKnown = known?.model === model && (await folder.areWhole(known.files))
  const lexicon = isKnown ? known : await makeLexicon(input, folder, model)
  const files = new Set(lexicon.files)
  const keep = keeping(folder, files)
  const former =
    previous && before?.neighbours === neighbourRule
      ? await formerNeighbours(previous.entry.file, name => folder.read(name), previous.vectorOf, input.core)
      : undefined
  const file = await writeQuick({
    ...input,
    keep,
    former,
    ...(lexicon.name !== undefined && { lexicon: lexicon.name }),
  })
  const contents: Contents = { files: [...files].sort(), from: origin, lexicon, neighbours: neighbourRule }
  return { file, contents: folder.keep(new TextEncoder().encode(JSON.stringify(contents))) }
}

async function makeLexicon(
  { model: manifest, read }: Pick<QuickInput, 'model' | 'read'>,
  folder: QuickFolder,
  model: string,
): Promise<Lexicon> {
  const files = new Set<string>()
  const name = await writeLexicon(manifest, read, keeping(folder, files))
  return { ...(name !== undefined && { name }), files: [...files].sort(), model }
}

/** Keeps files and notes their names. */
function keeping(folder: QuickFolder, names: Set<string>): (bytes: Uint8Array) => string {
  return bytes => {
    const name = folder.keep(bytes)
    names.add(name)
    return name
  }
}

async function readContents(folder: QuickFolder, { contents }: QuickEntry): Promise<Contents | undefined> {
  const bytes = await folder.read(contents)
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Contents)
}
