import { fileName, type ModelFile, type ModelManifest } from '../engine/models.ts'
import type { BundleFolder } from './bundle-folder.ts'

/** A model whose towers a bundle carries. */
export interface PublishedModel {
  manifest: ModelManifest
  /** The bytes of its model.json. */
  text: Uint8Array
  read(file: ModelFile): Promise<Uint8Array>
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
): Promise<{ entry: ModelEntry; bytes: number }> {
  const { towers, mean } = manifest
  const wanted = [...towers.text.flatMap(({ tokenizer, file }) => [tokenizer, file]), ...(mean ? [mean] : [])]
  if (queryPictures) wanted.push(towers.picture.file)
  const files: ModelEntry['files'] = { 'model.json': folder.keep(text) }
  let bytes = text.length
  for (const file of wanted) {
    const name = fileName(file.path ?? file.url ?? '')
    if (name in files) continue
    const content = await read(file)
    files[name] = folder.keepPieces(content)
    bytes += content.length
  }
  return { entry: { id: manifest.id, files }, bytes }
}
