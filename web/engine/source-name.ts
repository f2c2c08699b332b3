import type { Platform } from './platform.ts'
import type { LibraryReader } from './reader.ts'
import type { SourceIndex } from './records.ts'
import type { Source, SourceOrigin } from './source.ts'

/**
 * What the library calls a source: its name, given once at the first add. Another folder of a name that is taken is called
 * `photos 2`. Where nothing is remembered of a folder, it is the same if it has a picture that is known.
 */
export async function sourceName(
  reader: LibraryReader,
  sourceIndex: SourceIndex,
  platform: Platform,
  source: Source,
): Promise<string> {
  const wanted = source.name.replaceAll('/', '-').normalize('NFC') || 'pictures'
  const taken = new Set((reader.manifest?.sources ?? []).map(({ name }) => name))
  const isSame = async (name: string): Promise<boolean> => {
    const { origin } = source
    if (!origin) return true
    const known = (await reader.store.recall(name)) as SourceOrigin | undefined
    // Loose files join others of their kind, never a folder, whose next listing would drop them.
    if (!source.complete) return !known
    if (known && origin.kind !== 'files') return platform.isSameOrigin(known, origin)
    return (await hasKnownPicture(reader, source, name)) || (await isEmpty(reader, sourceIndex, name))
  }
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} ${n}`
    if (!taken.has(name) || (await isSame(name))) return name
  }
}

async function hasKnownPicture(reader: LibraryReader, source: Source, name: string): Promise<boolean> {
  for await (const { path } of source.list()) if (reader.library.rowOf(`${name}/${path}`) >= 0) return true
  return false
}

async function isEmpty(reader: LibraryReader, sourceIndex: SourceIndex, name: string): Promise<boolean> {
  return !(await reader.read(library => sourceIndex.counts(library))).has(name)
}
