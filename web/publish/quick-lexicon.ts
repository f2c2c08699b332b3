/** The lexicon of quick search: a model's token tables cut into small files, of which a reader needs those of the words typed. */

import { PicfindError } from '../engine/errors.ts'
import { type ModelManifest, placeOf, type TableTower } from '../engine/models.ts'
import {
  type Cuts,
  entryKinds,
  type LexiconDescriptor,
  type LexiconTable,
  quickFormat,
  type RowPack,
} from '../quick/formats.ts'
import { measureChances } from './quick-row-coder.ts'
import {
  deflated,
  jsonBytes,
  lengthUnit,
  packRows,
  packShard,
  quantised,
  rowsByScore,
  type ShardRow,
} from './quick-shard.ts'
import { isAscii, type TableUse, TableVocabulary } from './quick-vocabulary.ts'

/** Stores a file and gives its name. */
export type Keep = (bytes: Uint8Array) => string | Promise<string>

/** A tower's file as it is in the model's folder. */
export type ReadModelFile = (file: TableTower['file']) => Promise<Uint8Array>

/**
 * Steps of a row's unit vector. Uniform steps give a cosine of about 1 − dim · step² / 24 to the table's own row, 0.9995 at 128 dimensions;
 * rows that are only ever blended with another table's may be coarser.
 */
const steps = { alone: 0.0095, blended: 0.014 }

/** Bytes of a shard of words, the most that a word in it costs a visitor. */
const wordShardLimit = 48 * 1024
/** The same for words that are often typed. Smaller ones would be too many files. */
const commonShardLimit = 16 * 1024
/** Names of shards in a file of the index. */
const indexNames = 24
/** Pieces of a shard without rows, some 4 bytes each. */
const pieceShardKeys = 2000
/** The first pack of rows, of the likeliest pieces, which most words that are put together need; each further one is four times as large. */
const firstPack = 24 * 1024

function usesOf(model: ModelManifest): Map<string, TableUse> {
  const uses = new Map<string, TableUse>()
  for (const { script, blend } of model.queries.instant) {
    for (const { tower } of blend) {
      const known = uses.get(tower) ?? { asciiOnly: true, alone: false }
      uses.set(tower, {
        asciiOnly: known.asciiOnly && script === 'ascii',
        alone: known.alone || blend.length === 1,
      })
    }
  }
  return uses
}

/** Writes the lexicon and gives the name of its descriptor; undefined where the model has no table. */
export async function writeLexicon(model: ModelManifest, read: ReadModelFile, keep: Keep): Promise<string | undefined> {
  const uses = usesOf(model)
  const towers = model.towers.text.filter((tower): tower is TableTower => tower.kind === 'table' && uses.has(tower.id))
  const dim = towers[0]?.dim
  if (dim === undefined) return undefined
  const other = towers.find(tower => tower.dim !== dim)
  if (other) {
    throw new PicfindError('unsupported', `${placeOf(other.file)} has ${other.dim} dimensions, another table ${dim}.`)
  }
  const vocabularies = await Promise.all(
    towers.map(async tower => {
      const [table, tokenizer] = await Promise.all([read(tower.file), read(tower.tokenizer)])
      return new TableVocabulary({ tower, table, tokenizer, use: uses.get(tower.id)! })
    }),
  )
  const list = model.words ? new TextDecoder().decode(await read(model.words)) : ''
  const common = commonRows(list, vocabularies, dim)
  const tables = vocabularies.map((vocabulary, t) => tableOf(vocabulary, rowsOfTable(common, t)))
  const descriptor: LexiconDescriptor = {
    common: await writeWords(common, tables, commonShardLimit, keep),
    dim,
    format: quickFormat,
    pieces: await writePieces(vocabularies, tables, keep),
    rules: model.queries.instant.map(({ script, blend }) => ({
      blend: blend.map(({ tower, weight }) => ({ table: towers.findIndex(({ id }) => id === tower), weight })),
      ...(script && { script }),
    })),
    tables,
    words: await writeWords(shardRows(vocabularies, 'beginning'), tables, wordShardLimit, keep),
  }
  return keep(deflated(jsonBytes(descriptor)))
}

const rowsOfTable = (rows: ShardRow[], table: number): Float64Array[] =>
  rows.flatMap(({ entries }) => entries[table]?.row ?? [])

function tableOf(
  { kind, lowercase, use, unknown, beginning, going }: TableVocabulary,
  words: Float64Array[],
): LexiconTable {
  const pieces = [...beginning.values(), ...going.values()].flatMap(({ row }) => row ?? [])
  const rows = [...pieces, ...words]
  const step = use.alone ? steps.alone : steps.blended
  const chances = measureChances(
    rows.map(row => quantised(row, step)),
    rows[0]?.length ?? 1,
  )
  return { chances, kind, length: lengthUnit(rows), lowercase, step, unknown }
}

/**
 * The words that are worth small shards of their own: those of the list. A word of other letters that is one piece is found at once
 * among the pieces, so it is left to them.
 */
function commonRows(list: string, vocabularies: TableVocabulary[], dim: number): ShardRow[] {
  const isPiece = (word: string): boolean => vocabularies.some(({ beginning }) => beginning.has(word))
  const words = list.split('\n').filter(word => word !== '' && (isAscii(word) || !isPiece(word)))
  return words.sort().flatMap(word => {
    const entries = vocabularies.map(vocabulary => {
      if (!vocabulary.canHold(word)) return undefined
      const row = vocabulary.sumOf(word, dim)
      return row.some(value => value !== 0) ? { kind: entryKinds.word, score: 0, row } : undefined
    })
    return entries.some(entry => entry) ? [{ key: word, entries }] : []
  })
}

/** Every key of one side of the tables, sorted. */
function shardRows(vocabularies: TableVocabulary[], side: 'beginning' | 'going'): ShardRow[] {
  const keys = new Set(vocabularies.flatMap(vocabulary => [...vocabulary[side].keys()]))
  return [...keys].sort().map(key => ({ key, entries: vocabularies.map(vocabulary => vocabulary[side].get(key)) }))
}

/** The rest of what a word that is in none of the shards may begin with: the pieces that the first key begins with. */
function prefixRows(all: ReadonlyMap<string, ShardRow>, first: string): ShardRow[] {
  const letters = Array.from(first)
  return letters.flatMap((_, length) => {
    const row = all.get(letters.slice(0, length).join(''))
    return row?.entries.some(entry => entry && entry.kind !== entryKinds.word) ? [row] : []
  })
}

/** Bytes of a row, estimated: the entropy of a normal distribution cut into steps (Gish and Pierce, 1968). */
function rowBytes({ step }: LexiconTable, dim: number): number {
  return 1 + (dim / 8) * (Math.log2(1 / (Math.sqrt(dim) * step)) + 2.05)
}

/** `rows` sorted by key. */
async function writeWords(rows: ShardRow[], tables: LexiconTable[], limit: number, keep: Keep): Promise<Cuts<string>> {
  const byKey = new Map(rows.map(row => [row.key, row]))
  const sizeOf = ({ entries }: ShardRow): number =>
    entries.reduce((sum, entry, t) => sum + (entry?.row ? rowBytes(tables[t]!, entry.row.length) : 0), 4)
  const words: Cuts<string> = { files: [], first: [] }

  async function write(part: ShardRow[]): Promise<void> {
    const first = part[0]!.key
    const bytes = packShard([...prefixRows(byKey, first), ...part], tables)
    if (bytes.length > limit && part.length > 1) {
      const half = Math.ceil(part.length / 2)
      await write(part.slice(0, half))
      await write(part.slice(half))
      return
    }
    words.first.push(first)
    words.files.push(await keep(bytes))
  }

  for (let at = 0; at < rows.length; ) {
    let size = prefixRows(byKey, rows[at]!.key).reduce((sum, row) => sum + sizeOf(row), 200)
    let end = at
    while (end < rows.length && (end === at || size + sizeOf(rows[end]!) <= limit * 0.98)) {
      size += sizeOf(rows[end++]!)
    }
    await write(rows.slice(at, end))
    at = end
  }
  return keepIndex(words, keep)
}

/** Cuts of files that hold `cuts`, so that a visitor fetches few names. */
async function keepIndex({ first, files }: Cuts<string>, keep: Keep): Promise<Cuts<string>> {
  const index: Cuts<string> = { files: [], first: [] }
  for (let at = 0; at < files.length; at += indexNames) {
    const part: Cuts<string> = { files: files.slice(at, at + indexNames), first: first.slice(at, at + indexNames) }
    index.first.push(first[at]!)
    index.files.push(await keep(deflated(jsonBytes(part))))
  }
  return index
}

async function writePieces(vocabularies: TableVocabulary[], tables: LexiconTable[], keep: Keep): Promise<Cuts<string>> {
  const rows = shardRows(vocabularies, 'going')
  const firstLetter = (row: ShardRow): string => Array.from(row.key)[0] ?? ''
  const pieces: Cuts<string> = { files: [], first: [] }
  for (let at = 0; at < rows.length; ) {
    let end = at
    // A letter's pieces stay together, so that a place in a word needs one shard.
    for (let next = at; next < rows.length && (next - at < pieceShardKeys || end === at); ) {
      const letter = firstLetter(rows[next]!)
      while (next < rows.length && firstLetter(rows[next]!) === letter) next++
      if (next - at <= pieceShardKeys || end === at) end = next
    }
    const part = rows.slice(at, end)
    const packs: RowPack[][] = []
    for (const [t, table] of tables.entries()) packs.push(await writePacks(rowsByScore(part, t), table, keep))
    pieces.first.push(firstLetter(part[0]!))
    pieces.files.push(await keep(packShard(part, tables, packs)))
    at = end
  }
  return pieces
}

async function writePacks(rows: Float64Array[], table: LexiconTable, keep: Keep): Promise<RowPack[]> {
  const packs: RowPack[] = []
  const rowsIn = (bytes: number): number => Math.floor(bytes / rowBytes(table, rows[0]!.length))
  for (let at = 0; at < rows.length; ) {
    const count = rowsIn(firstPack * 4 ** packs.length)
    // What is left for a last pack that is hardly worth a file goes with this one.
    const end = rows.length - at - count < rowsIn(firstPack) ? rows.length : at + count
    const some = rows.slice(at, end)
    packs.push({ file: await keep(packRows(some, table)), rows: some.length })
    at = end
  }
  return packs
}
