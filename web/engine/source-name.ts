import type { Platform } from './platform.ts'
import type { LibraryReader } from './reader.ts'
import type { Source, SourceOrigin } from './source.ts'

/**
 * What the library calls a source: its name, given once at the first add. Another folder of a name that is taken is called
 * `photos 2`; files without a folder behind them are known by their name alone.
 */
export async function sourceName(reader: LibraryReader, platform: Platform, source: Source): Promise<string> {
  const wanted = source.name.replaceAll('/', '-').normalize('NFC') || 'pictures'
  const taken = new Set((reader.manifest?.sources ?? []).map(({ name }) => name))
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} ${n}`
    if (!taken.has(name) || (await isSame(reader, platform, source.origin, name))) return name
  }
}

async function isSame(
  reader: LibraryReader,
  platform: Platform,
  origin: SourceOrigin | undefined,
  name: string,
): Promise<boolean> {
  const known = (await reader.store.recall(name)) as SourceOrigin | undefined
  if (!known || !origin || origin.kind === 'files') return true
  return platform.isSameOrigin(known, origin)
}
