/**
 * The files of quick search, all named by the sha256 of their bytes. Descriptors are JSON; everything else but the codes is deflated
 * (RFC 1951), so that it is small on hosts that compress nothing. ARCHITECTURE.md draws the binary ones.
 */
import type { Levels } from './codes.ts'

export const quickFormat = 1

/** `first[i]`: the first row or key that is in `files[i]`; a file ends where the next one begins. */
export interface Cuts<T> {
  first: T[]
  files: string[]
}

export interface QuickDescriptor {
  format: number
  pictures: number
  /** Codes of the first `dim` dimensions: the scale is in a file of its own, float32[dim] means, then float32[dim] deviations. */
  codes: { levels: Levels; dim: number; scale: string } & Cuts<number>
  /** Rows as places in the order of quick search, which puts pictures that look alike side by side. */
  records: Cuts<number>
  /** uint32[rows · count] in each file, nearest first: the row, and the score in the highest byte. */
  neighbours: { count: number } & Cuts<number>
  /** Missing where the model has no token table: then there is no search by words. */
  lexicon?: string
}

export interface LexiconTable {
  kind: 'unigram' | 'wordpiece'
  lowercase: boolean
  /** A row is bytes · step · (its length byte · length). */
  step: number
  length: number
  /** Unigram: the score of a letter that no piece begins with. */
  unknown: number
  /** How its rows are coded (row-coder.ts). */
  chances: number[]
}

export interface LexiconRule {
  script?: 'ascii' | 'latin'
  blend: { table: number; weight: number }[]
}

export interface LexiconDescriptor {
  format: number
  dim: number
  tables: LexiconTable[]
  rules: LexiconRule[]
  /** Small shards of the words that pictures are often looked for by; looked into first. Files are deflated `Cuts` of shards. */
  common: Cuts<string>
  /** Shards of whole words and of pieces that begin a word. Files are deflated `Cuts` of shards. */
  words: Cuts<string>
  /** Shards of the pieces that go on with a word. */
  pieces: Cuts<string>
}

/** What an entry of a shard is to a table. */
export const entryKinds = {
  absent: 0,
  /** A piece with a row. */
  piece: 1,
  /** A piece that adds nothing. */
  silent: 2,
  /** No piece of the table: the row is the sum of the word's pieces. */
  word: 3,
} as const

/** A file of rows: a byte of length for each, then the values, coded. */
export interface RowPack {
  rows: number
  file: string
}

/** The JSON a shard begins with. */
export interface ShardHeader {
  /** Bytes of the list of keys. */
  keys: number
  /** Bytes of each table's rows, which follow in the shard; missing where `packs` says which files they are in. */
  rows?: number[]
  packs?: RowPack[][]
}

/** Scores are stored as thousandths below zero. */
export const scoreUnit = 1 / 1000
