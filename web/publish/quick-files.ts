/** Which files quick search consists of, so that a bundle that has not changed keeps them without their being made again. */
import { inflateRawSync } from 'node:zlib'
import type { Cuts, LexiconDescriptor, QuickDescriptor, ShardHeader } from '../quick/formats.ts'

export type ReadBytes = (name: string) => Promise<Uint8Array>

const parsed = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

async function indexed({ files }: Cuts<string>, read: ReadBytes): Promise<string[]> {
  const cuts = await Promise.all(files.map(async file => parsed(inflateRawSync(await read(file))) as Cuts<string>))
  return [...files, ...cuts.flatMap(cut => cut.files)]
}

/** The files of packs that a shard of pieces names. */
function packsOf(shard: Uint8Array): string[] {
  const head = new Uint8Array(inflateRawSync(shard.subarray(4)))
  const bytes = new DataView(head.buffer).getUint32(0, true)
  const { packs = [] } = parsed(head.subarray(4, 4 + bytes)) as ShardHeader
  return packs.flat().map(({ file }) => file)
}

/** Names of a lexicon's files, its descriptor's first. */
async function lexiconFiles(name: string, read: ReadBytes): Promise<string[]> {
  const { common, words, pieces } = parsed(inflateRawSync(await read(name))) as LexiconDescriptor
  const packs = await Promise.all(pieces.files.map(async file => packsOf(await read(file))))
  return [name, ...(await indexed(common, read)), ...(await indexed(words, read)), ...pieces.files, ...packs.flat()]
}

/** Names of all files of quick search, its descriptor's first. */
export async function quickFiles(name: string, read: ReadBytes): Promise<string[]> {
  const { codes, records, neighbours, lexicon } = parsed(await read(name)) as QuickDescriptor
  const rest = lexicon === undefined ? [] : await lexiconFiles(lexicon, read)
  return [name, codes.scale, ...codes.files, ...records.files, ...neighbours.files, ...rest]
}
