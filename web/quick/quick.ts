/** Quick search: answers on a static site before any model, WebAssembly or full vectors are loaded. */
import { bestRows, bytesPerRow, type CodeScale, scoreCodes } from './codes.ts'
import { QuickError } from './errors.ts'
import { type LexiconDescriptor, type QuickDescriptor, quickFormat } from './formats.ts'
import { inflate } from './inflate.ts'
import { type FetchFile, json, Lexicon, once } from './lexicon.ts'
import { type Neighbour, neighbourReader, type QuickRecord, recordReader } from './records.ts'

export { QuickError } from './errors.ts'
export type { QuickRecord } from './records.ts'
export { isDamaged } from './thumbnails.ts'
export { verifiedFiles } from './verified-files.ts'

export interface QuickHit {
  /** A place in the order of quick search; it holds for this bundle only. */
  row: number
  /** Cosine, as far as codes tell it; of pictures like another one to 1/255. */
  score: number
  record: QuickRecord
}

export interface Quick {
  readonly pictures: number
  /** Whether there is search by words: the bundle's model has a token table. */
  readonly words: boolean
  /** Results for words, best first; fetches only the shards of the words typed. Nothing where no word is known. */
  search(words: string, k: number, signal?: AbortSignal): Promise<QuickHit[]>
  /** The nearest of a picture, at most 24, by the full vectors. */
  like(row: number, k: number, signal?: AbortSignal): Promise<QuickHit[]>
}

function checkFormat(found: number, what: string): void {
  if (found > quickFormat) {
    throw new QuickError(
      'version',
      `The ${what} is of format ${found}; this Picfind reads up to ${quickFormat}: reload the page.`,
    )
  }
}

/** `fetchFile` gives verified bytes by name (verified-files.ts); `descriptor` is the parsed JSON that the bundle names. */
export async function openQuick(descriptor: unknown, fetchFile: FetchFile): Promise<Quick> {
  const quick = descriptor as QuickDescriptor
  checkFormat(quick.format, 'quick search of this bundle')
  const recordOf = recordReader(quick.records, fetchFile)
  const neighboursOf = neighbourReader(quick.neighbours, fetchFile)
  const codes = once(() => readCodes(quick, fetchFile))
  const lexicon = once(name => readLexicon(name, fetchFile))

  async function hitsOf(found: Neighbour[], signal?: AbortSignal): Promise<QuickHit[]> {
    signal?.throwIfAborted()
    const records = await Promise.all(found.map(({ row }) => recordOf(row)))
    signal?.throwIfAborted()
    return found.map(({ row, score }, i) => ({ row, score, record: records[i]! }))
  }

  return {
    pictures: quick.pictures,
    words: quick.lexicon !== undefined,
    async search(words, k, signal) {
      if (quick.lexicon === undefined || quick.pictures === 0) return []
      const coded = codes('')
      // What goes wrong here is told below, where it is waited for.
      coded.catch(() => undefined)
      const vector = await (await lexicon(quick.lexicon)).vectorOf(words)
      signal?.throwIfAborted()
      if (!vector) return []
      const { bytes, scale } = await coded
      const scores = scoreCodes(vector, bytes, scale)
      const found = bestRows(scores, k).map(row => ({ row, score: scores[row]! }))
      return hitsOf(found, signal)
    },
    async like(row, k, signal) {
      return hitsOf((await neighboursOf(row)).slice(0, k), signal)
    },
  }
}

async function readCodes(
  { codes, pictures }: QuickDescriptor,
  fetchFile: FetchFile,
): Promise<{ bytes: Uint8Array; scale: CodeScale }> {
  const [scales, ...files] = await Promise.all([codes.scale, ...codes.files].map(fetchFile))
  const floats = (first: number): Float32Array => {
    const view = new DataView(scales!.buffer, scales!.byteOffset, scales!.byteLength)
    return Float32Array.from({ length: codes.dim }, (_, i) => view.getFloat32(4 * (first + i), true))
  }
  const scale = { levels: codes.levels, mean: floats(0), deviation: floats(codes.dim) }
  const bytes = new Uint8Array(pictures * bytesPerRow(scale))
  let at = 0
  for (const file of files) {
    bytes.set(file, at)
    at += file.length
  }
  return { bytes, scale }
}

async function readLexicon(name: string, fetchFile: FetchFile): Promise<Lexicon> {
  const descriptor = json(await inflate(await fetchFile(name), name)) as LexiconDescriptor
  checkFormat(descriptor.format, 'lexicon of this bundle')
  return new Lexicon(descriptor, fetchFile)
}
