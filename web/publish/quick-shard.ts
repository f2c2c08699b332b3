/** Entries → the bytes of a shard of the lexicon (web/quick/shard.ts reads them) and of a pack of rows. */
import { deflateSync } from 'fflate'
import { entryKinds, type LexiconTable, type RowPack, type ShardHeader, scoreUnit } from '../quick/formats.ts'
import { hasRow } from '../quick/shard.ts'
import { encodeRows } from './quick-row-coder.ts'
import type { Entry } from './quick-vocabulary.ts'

/** A key and what it is to each table, undefined where it is nothing. */
export interface ShardRow {
  key: string
  entries: (Entry | undefined)[]
}

/** fflate, not zlib: its bytes are the same under every Node. */
export const deflated = (bytes: Uint8Array): Uint8Array => deflateSync(bytes, { level: 9 })

export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export function joined(parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const lengthOf = (row: Float64Array): number => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))

/** The row's unit vector in steps, int8[dim]. */
export function quantised(row: Float64Array, step: number): Int8Array {
  const length = lengthOf(row)
  return Int8Array.from(row, value => Math.max(-127, Math.min(127, Math.round(value / length / step))))
}

/** A byte of length for each row, then the values, coded. */
export function packRows(rows: Float64Array[], { step, length, chances }: LexiconTable): Uint8Array {
  const dim = rows[0]?.length ?? 0
  const lengths = rows.map(row => Math.max(1, Math.min(255, Math.round(lengthOf(row) / length))))
  const values = new Int8Array(rows.length * dim)
  rows.forEach((row, i) => {
    values.set(quantised(row, step), i * dim)
  })
  return joined([Uint8Array.from(lengths), encodeRows(values, dim, chances)])
}

/** The length that byte 1 stands for, so that byte 255 is the longest row. */
export const lengthUnit = (rows: Float64Array[]): number =>
  Math.fround(rows.reduce((longest, row) => Math.max(longest, lengthOf(row)), 0) / 255)

const storedScore = ({ score }: Entry): number => Math.min(65535, Math.round(-score / scoreUnit))

/** The rows of a table in the order that a reader looks for them in packs: likely pieces first. */
export function rowsByScore(rows: ShardRow[], table: number): Float64Array[] {
  return rows
    .flatMap(({ entries }) => entries[table] ?? [])
    .filter(({ kind }) => hasRow(kind))
    .sort((a, b) => storedScore(a) - storedScore(b))
    .map(({ row }) => row!)
}

/** With `packs` the rows are in those, else in the shard. `rows` sorted by key. */
export function packShard(rows: ShardRow[], tables: LexiconTable[], packs?: RowPack[][]): Uint8Array {
  const keys = new TextEncoder().encode(packKeys(rows.map(({ key }) => key)))
  const entries = tables.map((_, t) => rows.map(row => row.entries[t]))
  const packed = entries.map((column, t) =>
    packRows(
      column.flatMap(entry => entry?.row ?? []),
      tables[t]!,
    ),
  )
  const header: ShardHeader = packs
    ? { keys: keys.length, packs }
    : { keys: keys.length, rows: packed.map(({ length }) => length) }
  const headerBytes = jsonBytes(header)
  const columns = entries.flatMap((column, t) => {
    const pieces = column.filter(entry => entry !== undefined && entry.kind !== entryKinds.word) as Entry[]
    const kinds = Uint8Array.from(column, entry => entry?.kind ?? entryKinds.absent)
    return tables[t]!.kind === 'unigram' ? [kinds, integers(pieces.map(storedScore), 2)] : [kinds]
  })
  const head = deflated(joined([integers([headerBytes.length], 4), headerBytes, keys, ...columns]))
  return joined([integers([head.length], 4), head, ...(packs ? [] : packed)])
}

/** Little-endian, `width` bytes each. */
export function integers(values: number[], width: number): Uint8Array {
  const bytes = new Uint8Array(width * values.length)
  values.forEach((value, i) => {
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = Math.floor(value / 256 ** byte)
  })
  return bytes
}

/** A control character can say 31 letters at most. */
const mostShared = 31

function packKeys(keys: string[]): string {
  let previous = ''
  let packed = ''
  for (const key of keys) {
    let shared = 0
    while (shared < Math.min(key.length, previous.length, mostShared) && key[shared] === previous[shared]) shared++
    // A letter of two UTF-16 units is never cut.
    if (/[\ud800-\udbff]/.test(key[shared - 1] ?? '')) shared--
    packed += String.fromCharCode(shared) + key.slice(shared)
    previous = key
  }
  return packed
}
