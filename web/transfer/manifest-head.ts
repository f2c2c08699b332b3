import { PicfindError } from '../engine/errors.ts'

export const manifestName = 'manifest.json'

/** The newest format that is read here. */
const format = 1

/** What is told of a library before it is opened. */
export interface ManifestHead {
  /** Id of the model whose vectors it has. */
  space: string
  pictures: number
  sources: { name: string; url?: string }[]
  /** sha256 of what else is there, where it was written for a site. */
  bundle?: string
}

/** undefined for what is no manifest of a library; `name` is where it is. Throws `version` for a newer one. */
export function readHead(bytes: Uint8Array, name: string): ManifestHead | undefined {
  let manifest: Partial<StoredManifest> | null
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes)) as Partial<StoredManifest> | null
  } catch {
    return undefined
  }
  if (typeof manifest?.format === 'number' && manifest.format > format) {
    throw new PicfindError(
      'version',
      `${name} is of format ${manifest.format}, made by a newer Picfind; this one reads up to ${format}. Update Picfind.`,
    )
  }
  const { space, counts, sources, segments, bundle } = manifest ?? {}
  if (typeof space?.id !== 'string' || !Array.isArray(segments) || !Array.isArray(sources)) return undefined
  return { space: space.id, pictures: counts?.records ?? 0, sources, bundle: bundle?.file }
}

interface StoredManifest {
  format: number
  space: { id: string }
  counts: { records: number }
  sources: { name: string; url?: string }[]
  segments: unknown[]
  bundle: { file: string }
}
