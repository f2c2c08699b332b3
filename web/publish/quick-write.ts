/** Writes the files of quick search (web/quick reads them): codes, records, neighbours and the lexicon. */
import type { Core } from '../engine/core.ts'
import type { ModelManifest } from '../engine/models.ts'
import { bytesPerRow, type Levels } from '../quick/codes.ts'
import { type Cuts, type QuickDescriptor, quickFormat } from '../quick/formats.ts'
import type { QuickRecord } from '../quick/records.ts'
import { encodeCodes } from './quick-codes.ts'
import { keepCuts } from './quick-cuts.ts'
import { type Keep, type ReadModelFile, writeLexicon } from './quick-lexicon.ts'
import { type FormerNeighbours, nearestNeighbours } from './quick-neighbours.ts'
import { orderByLikeness } from './quick-order.ts'
import { deflated, integers, joined, jsonBytes } from './quick-shard.ts'

export interface QuickInput {
  /** In any order that is always the same, by path for example; vectors float32[model.dim], unit length. */
  rows: Iterable<{ record: QuickRecord; vector: Float32Array }>
  model: ModelManifest
  /** Reads a file of the model: its tables and their tokenizers. */
  read: ReadModelFile
  core: Pick<Core, 'nearestRows' | 'sha256'>
  /** Vectors where the model's tables are, if these are not in the first dimensions of the model's. */
  project?: ((vector: Float32Array) => Float32Array) | undefined
  keep: Keep
  /** The lexicon of a former bundle of the same model, whose files (quick-files.ts) the caller keeps; making it takes some seconds. */
  lexicon?: string
  /** Of a former bundle: what has not changed since is not compared again. */
  former?: FormerNeighbours | undefined
  /** Of the codes: 4 is 2 bits a dimension, 3 is 1.6, 2 is 1. Usually chosen by the number of pictures. */
  levels?: Levels
}

/** What static hosts take. */
const fileLimit = 20 * 1024 * 1024
const neighbourFileLimit = 100 * 1024
/** Packs of records before they are deflated: small ones make a first answer cheap, but a bundle may not have too many files. */
const recordPack = { least: 4 * 1024, mostFiles: 52 }
/** Above so many pictures, codes of one bit: more weigh more than they find (tests/bench/quick-search.mjs). */
const pictureLimitOfThreeLevels = 20_000

const bytesOf = (values: Float32Array | Uint32Array): Uint8Array =>
  integers([...new Uint32Array(values.buffer, values.byteOffset, values.length)], 4)

/** Keys in a fixed order, and nothing but what quick search shows. */
function publicRecord(record: QuickRecord): QuickRecord {
  const { id, path, alt, caption, title, width, height, url, thumbnail, pages } = record
  return {
    id,
    path,
    width,
    height,
    ...(alt !== undefined && { alt }),
    ...(caption !== undefined && { caption }),
    ...(title !== undefined && { title }),
    ...(url !== undefined && { url }),
    ...(thumbnail !== undefined && { thumbnail }),
    ...(pages && { pages: pages.map(({ url, title }) => ({ url, title })) }),
  }
}

async function keepCodes(
  vectors: Float32Array[],
  dim: number,
  levels: Levels,
  keep: Keep,
): Promise<QuickDescriptor['codes']> {
  const { scale, codes } = encodeCodes(vectors, dim, levels)
  const width = bytesPerRow(scale)
  const rows = vectors.map((_, row) => codes.subarray(row * width, (row + 1) * width))
  const cuts = await keepCuts(rows, () => width, fileLimit, joined, keep)
  const scaleName = await keep(joined([bytesOf(scale.mean), bytesOf(scale.deviation)]))
  return { dim, levels, scale: scaleName, ...cuts }
}

async function keepRecords(records: QuickRecord[], keep: Keep): Promise<Cuts<number>> {
  const texts = records.map(record => JSON.stringify(publicRecord(record)))
  const total = texts.reduce((sum, { length }) => sum + length, 0)
  const limit = Math.max(recordPack.least, total / recordPack.mostFiles)
  const bytes = (some: string[]): Uint8Array => deflated(new TextEncoder().encode(`[${some.join(',')}]`))
  return keepCuts(texts, ({ length }) => length, limit, bytes, keep)
}

async function keepNeighbours(lists: Uint32Array[], keep: Keep): Promise<QuickDescriptor['neighbours']> {
  const count = lists[0]?.length ?? 0
  const bytes = (some: Uint32Array[]): Uint8Array => joined(some.map(bytesOf))
  return { count, ...(await keepCuts(lists, () => 4 * count, neighbourFileLimit, bytes, keep)) }
}

/** Writes everything through `keep` and gives the name of the descriptor. Same rows in the same order, same bytes. */
export async function writeQuick({
  rows,
  model,
  read,
  core,
  keep,
  project = vector => vector,
  lexicon: known,
  former,
  levels,
}: QuickInput): Promise<string> {
  const given = [...rows]
  const tables = model.towers.text.filter(tower => tower.kind === 'table')
  const dim = tables[0]?.dim ?? model.dim
  const projected = given.map(({ vector }) => project(vector))
  const order = orderByLikeness(projected, dim)
  const vectors = order.map(row => given[row]!.vector)
  const chosen = levels ?? (given.length > pictureLimitOfThreeLevels ? 2 : 3)
  const lexicon = known ?? (await writeLexicon(model, read, keep))
  const descriptor: QuickDescriptor = {
    codes: await keepCodes(
      order.map(row => projected[row]!),
      dim,
      chosen,
      keep,
    ),
    format: quickFormat,
    ...(lexicon !== undefined && { lexicon }),
    neighbours: await keepNeighbours(nearestNeighbours(vectors, model.dim, core, former), keep),
    pictures: vectors.length,
    records: await keepRecords(
      order.map(row => given[row]!.record),
      keep,
    ),
  }
  return keep(jsonBytes(descriptor))
}
