/** Text → words, as the tokenizers of token tables cut it before they look for pieces. */
import type { LexiconRule, LexiconTable } from './formats.ts'

/** Halves of surrogate pairs become U+FFFD, as in the engine. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')

/** Words of a Unigram table with SentencePiece's usual normalisation: NFKC, cut at spaces. */
function unigramWords(text: string): string[] {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f\u200b-\u200f\ufeff]/g, '')
      .replace(/[\t\n\f\r\u2028\u2029\u2581]/g, ' ')
      .normalize('NFKC')
      .replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')
      .split(' ')
      .filter(word => word !== '')
  )
}

/** Words of a WordPiece table with BERT's normalisation: no accents, Chinese characters and marks of punctuation stand alone. */
function wordPieceWords(text: string): string[] {
  const plain = text
    .replace(/[^\P{C}\t\n\r]/gu, '')
    .replace(/\p{Script=Han}/gu, ' $& ')
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
  return plain.match(/[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu) ?? []
}

/** The words of a text for a table. */
export function wordsOf(text: string, { kind, lowercase }: Pick<LexiconTable, 'kind' | 'lowercase'>): string[] {
  const prepared = lowercase ? wellFormed(text).toLowerCase() : wellFormed(text)
  return kind === 'unigram' ? unigramWords(prepared) : wordPieceWords(prepared)
}

/** Whether a rule is for the text, as the engine decides it. */
export function isOfScript(text: string, script: LexiconRule['script']): boolean {
  if (script === 'ascii') return /^\p{ASCII}*$/u.test(text)
  return script === undefined || !/(?!\p{Script=Latin})\p{L}/u.test(text)
}
