import { QuickError } from './errors.ts'
import { entryKinds, type LexiconTable, type RowPack, type ShardHeader, scoreUnit } from './formats.ts'
import { inflate } from './inflate.ts'
import { decodeRows } from './row-coder.ts'

const { absent, piece, word } = entryKinds
export const hasRow = (kind: number): boolean => kind === piece || kind === word

/** What a shard holds for one table, by place of the key. */
interface Column {
  kinds: Uint8Array
  /** Of pieces, in thousandths below zero; only of Unigram tables. */
  scores: Map<number, number>
  /** The entries with a row, in the order of the rows. */
  rows: Map<number, number>
}

/** Rows as they are stored: a byte of length each, then the values. */
export class Rows {
  readonly #lengths: Uint8Array
  readonly #values: Int8Array

  constructor(bytes: Uint8Array, count: number, dim: number, { chances }: LexiconTable) {
    this.#lengths = bytes.subarray(0, count)
    this.#values = decodeRows(bytes.subarray(count), count, dim, chances)
  }

  /** Adds row `index` to `sum`, float64[dim]. */
  addTo(sum: Float64Array, index: number, { step, length }: LexiconTable): void {
    const scale = step * length * this.#lengths[index]!
    const start = index * sum.length
    for (let i = 0; i < sum.length; i++) sum[i]! += this.#values[start + i]! * scale
  }
}

/**
 * Keys of the lexicon from one cut to the next, with what each is to every table. The file, little-endian: uint32 bytes of the deflated
 * part, that part, and in shards of words each table's rows. Deflated: uint32 bytes of the header, the header, keys, then for each
 * table uint8[keys] kinds and, of Unigram tables, uint16[pieces] scores.
 */
export class Shard {
  /** The most letters (UTF-16) a key has. */
  readonly longest: number
  readonly packs: RowPack[][] | undefined
  readonly #places: Map<string, number>
  readonly #columns: Column[] = []
  readonly #rows: (() => Rows)[] = []

  /** `name` is what messages call the file. */
  static async open(file: Uint8Array, tables: LexiconTable[], dim: number, name: string): Promise<Shard> {
    const parts = new Taker(file, name)
    const head = await inflate(parts.take(parts.uint32()), name)
    return new Shard(new Taker(head, name), parts, tables, dim)
  }

  private constructor(head: Taker, parts: Taker, tables: LexiconTable[], dim: number) {
    const text = new TextDecoder()
    const header: ShardHeader = JSON.parse(text.decode(head.take(head.uint32())))
    this.packs = header.packs
    const keys = unpackKeys(text.decode(head.take(header.keys)))
    this.longest = keys.reduce((most, key) => Math.max(most, key.length), 0)
    this.#places = new Map(keys.map((key, place) => [key, place]))
    tables.forEach((table, t) => {
      const kinds = head.take(keys.length)
      const places = [...kinds.keys()]
      const pieces = table.kind === 'unigram' ? places.filter(place => isPiece(kinds[place]!)) : []
      const scores = new Map(pieces.map(place => [place, head.uint16()]))
      const withRow = places.filter(place => hasRow(kinds[place]!))
      if (header.packs) withRow.sort((a, b) => (scores.get(a) ?? 0) - (scores.get(b) ?? 0))
      else {
        const bytes = parts.take(header.rows?.[t] ?? 0)
        this.#rows.push(lazily(() => new Rows(bytes, withRow.length, dim, table)))
      }
      this.#columns.push({ kinds, scores, rows: new Map(withRow.map((place, i) => [place, i])) })
    })
  }

  /** One of entryKinds. */
  kindOf(key: string, table: number): number {
    const place = this.#places.get(key)
    return place === undefined ? absent : this.#columns[table]!.kinds[place]!
  }

  /** The score of a piece; undefined where the key is none of the table's. */
  scoreOf(key: string, table: number): number | undefined {
    if (!isPiece(this.kindOf(key, table))) return undefined
    return -(this.#columns[table]!.scores.get(this.#places.get(key)!) ?? 0) * scoreUnit
  }

  /** The place of its row among the table's rows of this shard; undefined where it has none. */
  rowOf(key: string, table: number): number | undefined {
    return this.#columns[table]!.rows.get(this.#places.get(key) ?? -1)
  }

  /** The rows of a table that are in the shard itself. */
  rows(table: number): Rows {
    return this.#rows[table]!()
  }
}

/** Reads a file from its beginning to its end. */
class Taker {
  readonly #bytes: Uint8Array
  readonly #name: string
  #at = 0

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes
    this.#name = name
  }

  take(length: number): Uint8Array {
    this.#at += length
    if (this.#at > this.#bytes.length) {
      throw new QuickError('corrupt', `${this.#name} ends too early; make the bundle again.`)
    }
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  uint16(): number {
    const [low, high] = this.take(2)
    return low! + high! * 256
  }

  uint32(): number {
    return this.uint16() + this.uint16() * 65536
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

const isPiece = (kind: number): boolean => kind === piece || kind === entryKinds.silent

/** Sorted keys, each without what it shares with the one before; a control character stands before each and says how many letters that is. */
function unpackKeys(packed: string): string[] {
  const keys: string[] = []
  let previous = ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys hold none, so they serve as marks
  for (const [, mark, rest] of packed.matchAll(/([\0-\x1f])([^\0-\x1f]*)/g)) {
    previous = previous.slice(0, mark!.charCodeAt(0)) + rest
    keys.push(previous)
  }
  return keys
}
