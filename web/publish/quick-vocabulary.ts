/** A token table and its tokenizer.json → what the lexicon of quick search holds of them. */
import { PicfindError } from '../engine/errors.ts'
import { placeOf, type TableTower } from '../engine/models.ts'
import { TokenTable } from '../engine/token-table.ts'
import { entryKinds, type LexiconTable } from '../quick/formats.ts'
import { type Span, unigramSpans, type Vocabulary, wordPieceSpans } from '../quick/segment.ts'
import { wordsOf } from '../quick/words.ts'

export interface Entry {
  /** One of entryKinds. */
  kind: number
  /** 0 for tables other than Unigram. */
  score: number
  /** float64[dim] for pieces with a row and for words. */
  row?: Float64Array
}

/** `asciiOnly`: no other text is ever looked up in it. `alone`: some texts are looked up in no other table. */
export interface TableUse {
  asciiOnly: boolean
  alone: boolean
}

export interface TableSource {
  tower: TableTower
  table: Uint8Array
  tokenizer: Uint8Array
  use: TableUse
}

interface TokenizerConfig {
  added_tokens: { content: string }[]
  model:
    | { type: 'Unigram'; unk_id: number; vocab: [piece: string, score: number][] }
    | { type: 'WordPiece'; continuing_subword_prefix: string; vocab: Record<string, number> }
    | { type: string; vocab: unknown }
}

interface Token {
  token: string
  id: number
  score: number
}

const wordMark = '\u2581'
/** How far below the least likely piece an unknown letter is: a constant of SentencePiece. */
const unknownPenalty = 10

export const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text)

/** Capitals that are left in lower-cased text, for they come of signs such as ℃, 𝐀, № and ™. */
const capitalsOfSigns = /^([A-Z]|No|TM|SM)$/

function tokensOf({ model }: TokenizerConfig, name: string): { kind: LexiconTable['kind']; tokens: Token[] } {
  if (model.type === 'Unigram') {
    const vocabulary = model.vocab as [string, number][]
    return { kind: 'unigram', tokens: vocabulary.map(([token, score], id) => ({ token, id, score })) }
  }
  if (model.type === 'WordPiece') {
    const vocabulary = model.vocab as Record<string, number>
    return { kind: 'wordpiece', tokens: Object.entries(vocabulary).map(([token, id]) => ({ token, id, score: 0 })) }
  }
  throw new PicfindError(
    'unsupported',
    `${name} is of the type ${model.type}; quick search by words needs a table over Unigram or WordPiece pieces.`,
  )
}

export class TableVocabulary {
  readonly kind: LexiconTable['kind']
  readonly lowercase: boolean
  readonly use: TableUse
  readonly unknown: number
  /** By spelling: pieces that begin a word (of Unigram tables '' too, the mark of a beginning alone), and those that go on with one. */
  readonly beginning = new Map<string, Entry>()
  readonly going = new Map<string, Entry>()

  constructor({ tower, table, tokenizer, use }: TableSource) {
    const config: TokenizerConfig = JSON.parse(new TextDecoder().decode(tokenizer))
    const { kind, tokens } = tokensOf(config, placeOf(tower.tokenizer))
    this.kind = kind
    this.lowercase = tower.tokenizer.lowercase ?? false
    this.use = use
    this.unknown = tokens.reduce((least, { score }) => Math.min(least, score), 0) - unknownPenalty
    const rows = new TokenTable(table, tower.dim, placeOf(tower.file))
    const added = new Set(config.added_tokens.map(({ content }) => content))
    const skipped = new Set(tower.skip)
    for (const { token, id, score } of tokens) {
      const { spelling, begins } = this.#spellingOf(token)
      if (added.has(token) || !this.#occurs(spelling, begins)) continue
      const row = rows.sum([id])
      const isSilent = skipped.has(token) || row.every(value => value === 0)
      const entry = isSilent ? { kind: entryKinds.silent, score } : { kind: entryKinds.piece, score, row }
      const side = begins ? this.beginning : this.going
      side.set(spelling, entry)
    }
    if (kind === 'unigram') this.#dropUnlikely()
  }

  /** Whether a text with that spelling is ever looked up here. */
  canHold(spelling: string): boolean {
    return !this.use.asciiOnly || isAscii(spelling)
  }

  spans(letters: string[]): Span[] {
    const spelled = (start: number, end: number): string => letters.slice(start, end).join('')
    const vocabulary: Vocabulary = {
      beginning: end => this.beginning.get(spelled(0, end))?.score,
      going: (start, end) => this.going.get(spelled(start, end))?.score,
    }
    return this.kind === 'unigram'
      ? unigramSpans(letters.length, vocabulary, this.unknown)
      : wordPieceSpans(letters.length, vocabulary)
  }

  /** The sum of a word's pieces; zero where it has none with a row. */
  sumOf(word: string, dim: number): Float64Array {
    const letters = Array.from(word)
    const sum = new Float64Array(dim)
    for (const { start, end } of this.spans(letters)) {
      const side = start === undefined ? this.beginning : this.going
      const row = side.get(letters.slice(start ?? 0, end).join(''))?.row
      row?.forEach((value, i) => {
        sum[i]! += value
      })
    }
    return sum
  }

  #spellingOf(token: string): { spelling: string; begins: boolean } {
    if (this.kind === 'unigram') {
      const begins = token.startsWith(wordMark)
      return { spelling: begins ? token.slice(1) : token, begins }
    }
    const begins = !token.startsWith('##')
    return { spelling: begins ? token : token.slice(2), begins }
  }

  /** Whether the pieces of a text can hold that spelling: normalisation may never leave it, capitals above all. */
  #occurs(spelling: string, begins: boolean): boolean {
    if (!this.canHold(spelling)) return false
    if (spelling === '') return begins
    if (this.kind === 'wordpiece' && !begins) return wordsOf(`a${spelling}`, this).join(' ') === `a${spelling}`
    return capitalsOfSigns.test(spelling) || wordsOf(spelling, this).join(' ') === spelling
  }

  /** Drops pieces that a text is never cut into, since other pieces of the same letters are likelier together. */
  #dropUnlikely(): void {
    for (const spelling of [...this.beginning.keys()]) {
      const spans = this.spans(Array.from(spelling))
      if (spelling !== '' && spans[0]?.end !== Array.from(spelling).length) this.beginning.delete(spelling)
    }
    for (const spelling of [...this.going.keys()]) {
      const letters = Array.from(spelling)
      const going = (start: number, end: number) => this.going.get(letters.slice(start, end).join(''))?.score
      const beginning = (end: number) => (end === 0 ? 0 : undefined)
      if (unigramSpans(letters.length, { beginning, going }, this.unknown).length > 2) this.going.delete(spelling)
    }
  }
}
