import { fileName, type ModelFile, type ModelManifest } from '../engine/models.ts'
import type { BundleFolder } from './bundle-folder.ts'
import type { Sizes } from './bundle-full.ts'
import type { QuickTable } from './quick-table.ts'

/** A model whose towers a bundle carries. */
export interface PublishedModel {
  manifest: ModelManifest
  /** The bytes of its model.json. */
  text: Uint8Array
  read(file: ModelFile): Promise<Uint8Array>
  /** For quick search, where it has no tables of its own and one has been made. */
  table?: QuickTable | undefined
}

export interface ModelEntry {
  id: string
  /** By name, the file or its pieces. */
  files: Record<string, string | string[]>
}

/** The text towers, so that words can be searched for; the picture tower where visitors may search by pictures. */
export async function keepModel(
  { manifest, text, read }: PublishedModel,
  folder: Pick<BundleFolder, 'keep' | 'keepPieces'>,
  queryPictures: boolean,
): Promise<{ entry: ModelEntry; files: Sizes }> {
  const { towers, mean } = manifest
  const wanted = [...towers.text.flatMap(({ tokenizer, file }) => [tokenizer, file]), ...(mean ? [mean] : [])]
  if (queryPictures) wanted.push(towers.picture.file)
  const files: ModelEntry['files'] = { 'model.json': folder.keep(text) }
  const sizes: Sizes = { [files['model.json'] as string]: text.length }
  for (const file of wanted) {
    const name = fileName(file.path ?? file.url ?? '')
    if (name in files) continue
    const content = await read(file)
    const pieces = folder.keepPieces(content)
    files[name] = pieces.map(piece => piece.name)
    for (const { name, bytes } of pieces) sizes[name] = bytes
  }
  return { entry: { id: manifest.id, files }, files: sizes }
}
