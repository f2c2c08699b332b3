/** Text → token ids, exactly as Hugging Face `tokenizers` gives them for the same tokenizer.json. */
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { PicfindError, reasonOf } from './errors.ts'
import type { TokenizerFile } from './models.ts'
import {
  type AddedToken,
  type Normalizer,
  type PreTokenizer,
  repairNormalizer,
  repairPreTokenizer,
  type StepConfig,
  splitterAt,
} from './tokenizer-steps.ts'
import { fillUnigram, type UnigramModel, type UnigramVocabulary } from './unigram-pieces.ts'

/** The part of a tokenizer.json that is looked into here. */
interface TokenizerConfig {
  added_tokens: AddedToken[]
  normalizer: StepConfig | null
  pre_tokenizer: StepConfig | null
  model: { type: string; unk_id: number | null; vocab: UnigramVocabulary }
}

/** The part of the library's tokenizer that is used, whose types do not resolve under Node's module rules. */
interface Library {
  normalizer: Normalizer | null
  pre_tokenizer: PreTokenizer | null
  model: { (words: string[]): string[]; unk_token_id: number }
  post_processor: ((tokens: string[], pair: null, addSpecialTokens: boolean) => { tokens: string[] }) | null
  token_to_id(token: string): number | undefined
}

export type TokenizerSettings = Pick<TokenizerFile, 'maxLength' | 'lowercase'>

export class Tokenizer {
  readonly #library: Library
  readonly #settings: TokenizerSettings
  readonly #splitRaw: (text: string) => string[]
  readonly #splitNormalised: (text: string) => string[]

  /** `bytes`: a tokenizer.json. `name` is what messages call it. */
  constructor(bytes: Uint8Array, settings: TokenizerSettings, name: string) {
    this.#settings = settings
    try {
      const config: TokenizerConfig = JSON.parse(new TextDecoder().decode(bytes))
      this.#library = openLibrary(config)
      repairNormalizer(this.#library.normalizer, config.normalizer)
      repairPreTokenizer(this.#library.pre_tokenizer, config.pre_tokenizer)
      const isNormalised = (token: AddedToken): boolean => token.normalized
      this.#splitNormalised = splitterAt(config.added_tokens.filter(isNormalised), token =>
        this.#normalise(token.content),
      )
      this.#splitRaw = splitterAt(
        config.added_tokens.filter(token => !isNormalised(token)),
        token => token.content,
      )
    } catch (error) {
      throw new PicfindError('corrupt', `${name} is not a tokenizer.json: ${reasonOf(error)}`)
    }
  }

  /** Ids with special tokens, at most `maxLength`: a longer list loses its end but keeps the closing token. */
  encode(text: string): number[] {
    const { post_processor: addSpecialTokens, model } = this.#library
    const own = this.#tokenize(text)
    const tokens = addSpecialTokens ? addSpecialTokens(own, null, true).tokens : own
    const ids = tokens.map(token => this.idOf(token) ?? model.unk_token_id)
    const { maxLength } = this.#settings
    return ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - 1), ids.at(-1)!]
  }

  /** The share of the text's words that are one token each, 0 … 1: high for the language that the vocabulary was made for. */
  wholeWords(text: string): number {
    const words = text.match(/[\p{L}\p{M}\p{N}]+/gu)?.length ?? 0
    const pieces = this.#tokenize(text).filter(token => /[\p{L}\p{N}]/u.test(token)).length
    return pieces === 0 ? 0 : Math.min(1, words / pieces)
  }

  /** undefined for a token that is not in the vocabulary. */
  idOf(token: string): number | undefined {
    return this.#library.token_to_id(token)
  }

  #tokenize(text: string): string[] {
    const { pre_tokenizer: preTokenizer, model } = this.#library
    return this.#splitRaw(this.#prepare(text)).flatMap((section, i) => {
      if (i % 2 === 1) return [section]
      return this.#splitNormalised(this.#normalise(section)).flatMap((piece, j) => {
        if (j % 2 === 1) return [piece]
        return piece === '' ? [] : model(preTokenizer ? preTokenizer.pre_tokenize(piece) : [piece])
      })
    })
  }

  #normalise(text: string): string {
    return this.#library.normalizer?.normalize(text) ?? text
  }

  /** Halves of surrogate pairs are no characters: they become U+FFFD, as in UTF-8. */
  #prepare(text: string): string {
    const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd')
    return this.#settings.lowercase ? wellFormed.toLowerCase() : wellFormed
  }
}

function openLibrary(config: TokenizerConfig): Library {
  const { type, unk_id: unknown, vocab } = config.model ?? {}
  if (type !== 'Unigram' || typeof unknown !== 'number') return new LibraryTokenizer(config, {})
  const unknownAlone = { ...config.model, vocab: [vocab[unknown]], unk_id: 0 }
  const library = new LibraryTokenizer({ ...config, model: unknownAlone }, {})
  fillUnigram(library.model as unknown as UnigramModel, vocab, unknown)
  return library
}
