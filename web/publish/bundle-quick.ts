import { createHash } from 'node:crypto'
import type { BundleFolder } from './bundle-folder.ts'
import { type QuickInput, writeQuick } from './quick-write.ts'

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
}

/**
 * Quick search of a bundle. Making it takes seconds, so what was made from the same is taken as it is. `from`: all that decides its
 * bytes.
 */
export async function keepQuick(
  input: Omit<QuickInput, 'keep'>,
  folder: BundleFolder,
  previous: QuickEntry | undefined,
  from: unknown,
): Promise<QuickEntry> {
  const origin = createHash('sha256').update(JSON.stringify(from)).digest('hex')
  if (previous && (await isReusable(folder, previous, origin))) return previous
  const files = new Set<string>()
  const keep = (bytes: Uint8Array) => {
    const name = folder.keep(bytes)
    files.add(name)
    return name
  }
  const file = await writeQuick({ ...input, keep })
  const contents: Contents = { files: [...files].sort(), from: origin }
  return { file, contents: folder.keep(new TextEncoder().encode(JSON.stringify(contents))) }
}

async function isReusable(folder: BundleFolder, { contents }: QuickEntry, from: string): Promise<boolean> {
  const bytes = await folder.read(contents)
  const known = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Contents)
  if (!bytes || known?.from !== from) return false
  for (const name of known.files) if (!(await folder.read(name))) return false
  return true
}
