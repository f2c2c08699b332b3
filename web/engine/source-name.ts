import type { Platform } from './platform.ts'
import { readBlob } from './read-blob.ts'
import type { LibraryReader } from './reader.ts'
import type { SourceIndex } from './records.ts'
import type { Source, SourceFile, SourceOrigin } from './source.ts'

/** How many pictures are read at most to recognise a folder: cameras give many files one size. */
const mostReads = 8

/** An id is the name, a slash and the path. */
export function plainSourceName(name: string): string {
  return name.replaceAll('/', '-').normalize('NFC') || 'pictures'
}

/**
 * What the library calls a source: its name, given once at the first add. Another folder of a name that is taken is called
 * `photos 2`. Where a folder cannot be told by its place, because nothing is remembered of it or it is not where it was, it is the
 * same if it has a picture that is known: moved, it has; a folder of the same name beside an unmounted drive has not.
 */
export async function sourceName(
  reader: LibraryReader,
  sourceIndex: SourceIndex,
  platform: Platform,
  source: Source,
): Promise<string> {
  const wanted = plainSourceName(source.name)
  const taken = new Set((reader.manifest?.sources ?? []).map(({ name }) => name))
  const isSame = async (name: string): Promise<boolean> => {
    const { origin } = source
    if (!origin) return true
    const known = (await reader.store.recall(name)) as SourceOrigin | undefined
    // Loose files join others of their kind, never a folder, whose next listing would drop them.
    if (!source.complete) return !known
    const same = known && origin.kind !== 'files' ? await platform.isSameOrigin(known, origin) : undefined
    return same ?? ((await hasKnownPicture(reader, source, name)) || (await isEmpty(reader, sourceIndex, name)))
  }
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} ${n}`
    if (!taken.has(name) || (await isSame(name))) return name
  }
}

/** Known is one of the same path that is unchanged or has the same bytes; other folders may well have an `IMG_0001.jpg` too. */
async function hasKnownPicture(reader: LibraryReader, source: Source, name: string): Promise<boolean> {
  let reads = 0
  for await (const file of source.list()) {
    const row = reader.library.rowOf(`${name}/${file.path}`)
    if (row < 0 || 'unreadable' in file) continue
    const { size, modified, sha256 } = reader.library.stat(row)
    if (size !== file.size) continue
    if (modified === file.modified) return true
    if (reads++ < mostReads && (await sha256Of(reader, file)) === sha256) return true
  }
  return false
}

/** undefined where the file cannot be read. */
async function sha256Of(reader: LibraryReader, file: SourceFile): Promise<string | undefined> {
  try {
    const content = await file.open()
    return reader.core.sha256(content instanceof Blob ? await readBlob(content) : content)
  } catch {
    return undefined
  }
}

async function isEmpty(reader: LibraryReader, sourceIndex: SourceIndex, name: string): Promise<boolean> {
  const sources = reader.manifest?.sources ?? []
  const counts = await reader.read(library => sourceIndex.counts(library, sources))
  return !counts.get(name)
}
