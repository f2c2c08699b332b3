/** Words → a vector of the library's space, from the shards of the words alone. */
import { type Cuts, entryKinds, type LexiconDescriptor, type LexiconTable, type RowPack } from './formats.ts'
import { inflate } from './inflate.ts'
import { type Span, unigramSpans, type Vocabulary, wordPieceSpans } from './segment.ts'
import { hasRow, Rows, Shard } from './shard.ts'
import { isOfScript, wordsOf } from './words.ts'

export type FetchFile = (name: string) => Promise<Uint8Array>

/** The place of the last of `first` that is not after `key`. */
export function cutOf<T extends string | number>(first: T[], key: T): number {
  let low = 0
  let high = first.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (first[middle]! <= key) low = middle
    else high = middle
  }
  return low
}

export const json = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

/** Keeps what was asked for once; what failed is asked for again. */
export function once<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>()
  return name => {
    const known = made.get(name)
    if (known) return known
    const making = make(name)
    made.set(name, making)
    making.catch(() => made.delete(name))
    return making
  }
}

export class Lexicon {
  readonly #descriptor: LexiconDescriptor
  readonly #shard: (name: string) => Promise<Shard>
  readonly #cuts: (name: string) => Promise<Cuts<string>>
  readonly #file: (name: string) => Promise<Uint8Array>

  constructor(descriptor: LexiconDescriptor, fetchFile: FetchFile) {
    this.#descriptor = descriptor
    this.#cuts = once(async name => json(await inflate(await fetchFile(name), name)) as Cuts<string>)
    this.#file = once(fetchFile)
    this.#shard = once(async name => Shard.open(await fetchFile(name), descriptor.tables, descriptor.dim, name))
  }

  /** float64[dim], unit length; undefined where no table knows a piece of the text. */
  async vectorOf(text: string): Promise<Float64Array | undefined> {
    const rule = this.#descriptor.rules.find(({ script }) => isOfScript(text, script))
    const blended = new Float64Array(this.#descriptor.dim)
    const parts = await Promise.all((rule?.blend ?? []).map(({ table }) => this.#sumOf(text, table)))
    parts.forEach((part, n) => {
      const unit = unitVector(part)
      if (unit) for (let i = 0; i < unit.length; i++) blended[i]! += unit[i]! * rule!.blend[n]!.weight
    })
    return unitVector(blended)
  }

  async #sumOf(text: string, table: number): Promise<Float64Array> {
    const sum = new Float64Array(this.#descriptor.dim)
    const words = wordsOf(text, this.#descriptor.tables[table]!)
    const adders = await Promise.all(words.map(word => this.#wordAdders(word, table)))
    for (const add of adders.flat()) add(sum)
    return sum
  }

  /** What adds the word to a sum, piece by piece. */
  async #wordAdders(word: string, table: number): Promise<((sum: Float64Array) => void)[]> {
    const { common, words } = this.#descriptor
    const settings = this.#descriptor.tables[table]!
    const adderFrom = (shard: Shard, key: string) => (sum: Float64Array) => {
      const row = shard.rowOf(key, table)
      if (row !== undefined) shard.rows(table).addTo(sum, row, settings)
    }
    if (common.files.length > 0) {
      const shard = await this.#shardOf(await this.#cutsOf(common, word), word)
      if (shard.kindOf(word, table) !== entryKinds.absent) return [adderFrom(shard, word)]
    }
    const shard = await this.#shardOf(await this.#cutsOf(words, word), word)
    if (shard.kindOf(word, table) !== entryKinds.absent) return [adderFrom(shard, word)]
    const letters = Array.from(word)
    const going = await Promise.all(letters.map(letter => this.#shardOf(this.#descriptor.pieces, letter)))
    return Promise.all(
      this.#spansOf(letters, shard, going, table).map(async ({ start, end }) => {
        if (start === undefined) return adderFrom(shard, letters.slice(0, end).join(''))
        const piece = letters.slice(start, end).join('')
        return this.#pieceAdder(going[start]!, piece, table)
      }),
    )
  }

  #spansOf(letters: string[], word: Shard, going: Shard[], table: number): Span[] {
    const { kind, unknown } = this.#descriptor.tables[table]!
    const vocabulary: Vocabulary = {
      beginning: end => word.scoreOf(letters.slice(0, end).join(''), table),
      going: (start, end) => {
        const shard = going[start]!
        return end - start > shard.longest ? undefined : shard.scoreOf(letters.slice(start, end).join(''), table)
      },
    }
    return kind === 'unigram'
      ? unigramSpans(letters.length, vocabulary, unknown)
      : wordPieceSpans(letters.length, vocabulary)
  }

  async #pieceAdder(shard: Shard, piece: string, table: number): Promise<(sum: Float64Array) => void> {
    const settings = this.#descriptor.tables[table]!
    let row = shard.rowOf(piece, table)
    if (row === undefined || !hasRow(shard.kindOf(piece, table))) return () => {}
    for (const pack of shard.packs?.[table] ?? []) {
      if (row < pack.rows) {
        const rows = await this.#rowsOf(pack, settings)
        const index = row
        return sum => rows.addTo(sum, index, settings)
      }
      row -= pack.rows
    }
    return () => {}
  }

  async #rowsOf({ rows, file }: RowPack, table: LexiconTable): Promise<Rows> {
    return new Rows(await this.#file(file), rows, this.#descriptor.dim, table)
  }

  #cutsOf({ first, files }: Cuts<string>, key: string): Promise<Cuts<string>> {
    return this.#cuts(files[cutOf(first, key)]!)
  }

  #shardOf({ first, files }: Cuts<string>, key: string): Promise<Shard> {
    return this.#shard(files[cutOf(first, key)]!)
  }
}

function unitVector(vector: Float64Array): Float64Array | undefined {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? vector.map(value => value / length) : undefined
}
