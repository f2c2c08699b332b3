/**
 * @huggingface/tokenizers follows the Rust library of Hugging Face closely, but not everywhere. The steps in which it gives other
 * tokens are replaced here, each with its reason; tests/web/tokenizer.test.ts holds both against each other.
 */
import * as unicode from './unicode-classes.ts'

/** A step as tokenizer.json describes it. */
export interface StepConfig {
  type: string
  normalizers?: StepConfig[]
  pretokenizers?: StepConfig[]
  prepend?: string
  strip_left?: boolean
  strip_right?: boolean
  clean_text?: boolean
  handle_chinese_chars?: boolean
  strip_accents?: boolean | null
  lowercase?: boolean
}

/** A token that is recognised in the text itself; `normalized` says whether before or after normalisation. */
export interface AddedToken {
  content: string
  single_word: boolean
  lstrip: boolean
  rstrip: boolean
  normalized: boolean
}

/** What is used of the library's own steps, whose types do not resolve under Node's module rules. */
export interface Normalizer {
  normalize(text: string): string
  normalizers?: Normalizer[]
}

export interface PreTokenizer {
  pre_tokenize(text: string): string[]
  pattern?: RegExp
  tokenizers?: PreTokenizer[]
}

/**
 * Cuts a text at added tokens, whose contents are then at the odd places of the result. The library takes a text that only after normalisation
 * equals a token for that token, even if it is to be recognised before: `<|ENDOFTEXT|>` would be one.
 */
export function splitterAt(
  tokens: AddedToken[],
  spellingOf: (token: AddedToken) => string,
): (text: string) => string[] {
  if (tokens.length === 0) return text => [text]
  const bySpelling = new Map(tokens.map(token => [spellingOf(token), token]))
  const alternatives = [...bySpelling]
    .sort(([a], [b]) => b.length - a.length)
    .map(([spelling, token]) => {
      const escaped = spelling.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
      const left = (token.lstrip ? '\\p{White_Space}*' : '') + (token.single_word ? '(?<![\\p{L}\\p{N}_])' : '')
      const right = (token.single_word ? '(?![\\p{L}\\p{N}_])' : '') + (token.rstrip ? '\\p{White_Space}*' : '')
      return left + escaped + right
    })
  const pattern = new RegExp(`(${alternatives.join('|')})`, 'u')
  return text =>
    text.split(pattern).map((piece, i) => (i % 2 === 0 ? piece : (bySpelling.get(piece.trim())?.content ?? piece)))
}

export function repairNormalizer(step: Normalizer | null, config: StepConfig | null): void {
  if (!step || !config) return
  step.normalizers?.forEach((inner, i) => {
    repairNormalizer(inner, config.normalizers?.[i] ?? null)
  })
  const repaired = repairedNormalizer(config)
  if (repaired) step.normalize = repaired
}

function repairedNormalizer(config: StepConfig): ((text: string) => string) | undefined {
  switch (config.type) {
    case 'Lowercase':
      return lowerCase
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = config.type
      return text => normalise(text, form)
    }
    case 'Strip':
      return text => strip(text, config)
    case 'Prepend':
      // Nothing is put before an empty text.
      return text => (text === '' ? '' : config.prepend + text)
    case 'BertNormalizer':
      return text => bertNormalise(text, config)
    default:
      return undefined
  }
}

/** Letter by letter: a Σ at the end of a word becomes σ as everywhere else, where JavaScript makes it ς. */
function lowerCase(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase()
}

const unnormalised = new RegExp(`([${unicode.unnormalised}])`, 'u')

function normalise(text: string, form: string): string {
  return text
    .split(unnormalised)
    .map((piece, i) => (i % 2 === 0 ? piece.normalize(form) : piece))
    .join('')
}

/** White space by Unicode's property, which has U+0085 and not U+FEFF; JavaScript's `trim` has it the other way. */
function strip(text: string, config: StepConfig): string {
  const left = config.strip_left ? text.replace(/^\p{White_Space}+/u, '') : text
  return config.strip_right ? left.replace(/\p{White_Space}+$/u, '') : left
}

const control = new RegExp(`[${unicode.control}]`, 'gu')
const accent = new RegExp(`[${unicode.accent}]`, 'gu')
/** The blocks BERT's own tokenizer has, with its slip at 2B820–2B91F. */
const chineseCharacter =
  /[\u{3400}-\u{4dbf}\u{4e00}-\u{9fff}\u{f900}-\u{faff}\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu

/** The library looks at UTF-16 units, so it takes no character beyond U+FFFF for Chinese, and lower-cases before it strips accents. */
function bertNormalise(text: string, config: StepConfig): string {
  let result = text
  if (config.clean_text) result = result.replace(control, '').replace(/\p{White_Space}/gu, ' ')
  if (config.handle_chinese_chars) result = result.replace(chineseCharacter, ' $& ')
  if (config.strip_accents ?? config.lowercase) result = normalise(result, 'NFD').replace(accent, '')
  return config.lowercase ? lowerCase(result) : result
}

export function repairPreTokenizer(step: PreTokenizer | null, config: StepConfig | null): void {
  if (!step || !config) return
  step.tokenizers?.forEach((inner, i) => {
    repairPreTokenizer(inner, config.pretokenizers?.[i] ?? null)
  })
  if (config.type === 'ByteLevel') step.pattern = byteLevelPattern
  if (config.type === 'BertPreTokenizer') step.pattern = bertPattern
  if (config.type === 'Split' && step.pattern) step.pattern = withClasses(step.pattern)
}

/** The words of GPT-2; the library's expression takes U+FEFF for white space. */
const byteLevelPattern = withClasses(
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
)

const bertPattern = new RegExp(`[^\\p{White_Space}${unicode.punctuation}]+|[${unicode.punctuation}]`, 'gu')

/** The expression with the letters and numbers of the Rust library's tables instead of the runtime's. */
function withClasses({ source, flags }: RegExp): RegExp {
  const inBrackets = (text: string): string =>
    text.replaceAll('\\p{L}', unicode.letter).replaceAll('\\p{N}', unicode.number)
  const replaced = source.replace(/\[(?:\\.|[^\\\]])*\]|\\p\{[LN]\}/gu, part =>
    part.startsWith('[') ? inBrackets(part) : `[${inBrackets(part)}]`,
  )
  return new RegExp(replaced, flags)
}
