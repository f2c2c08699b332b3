/**
 * The pieces of a Unigram vocabulary by their spelling. @huggingface/tokenizers puts them into a trie, letter by letter, which takes
 * longer than all else a page does before its first answer; looked up in a Map they are ready as soon as they are read.
 */

/** [piece, score] each; a piece's place is its id. */
export type UnigramVocabulary = [piece: string, score: number][]

type PrefixSearch = (letters: string[], start: number) => Iterable<string>

/** What is used of the library's own model, whose type does not resolve under Node's module rules. */
export interface UnigramModel {
  tokens_to_ids: Map<string, number>
  /** By id. */
  scores: number[]
  unk_token_id: number
  unk_score: number
  trie: { common_prefix_search: PrefixSearch }
}

/** How far below the least likely piece a letter is that no piece begins with: a constant of SentencePiece. */
const unknownPenalty = 10

/** Gives `model`, made with the unknown piece alone, the whole vocabulary; `unknown` is that piece's id. */
export function fillUnigram(model: UnigramModel, vocabulary: UnigramVocabulary, unknown: number): void {
  const ids = model.tokens_to_ids
  vocabulary.forEach(([piece], id) => {
    ids.set(piece, id)
  })
  const scores = vocabulary.map(([, score]) => score)
  const lowest = scores.reduce((least, score) => Math.min(least, score))
  scores[unknown] = lowest - unknownPenalty
  model.scores = scores
  model.unk_score = lowest - unknownPenalty
  model.unk_token_id = unknown
  model.trie = { common_prefix_search: prefixSearch(vocabulary, ids) }
}

/** Every piece that the letters from `start` on begin with, shortest first. `ids` may hold added tokens, which are no pieces. */
function prefixSearch(vocabulary: UnigramVocabulary, ids: ReadonlyMap<string, number>): PrefixSearch {
  const longest = vocabulary.reduce((length, [piece]) => Math.max(length, piece.length), 0)
  return function* (letters, start) {
    let prefix = ''
    for (let i = start; i < letters.length; i++) {
      prefix += letters[i]
      if (prefix.length > longest) return
      const id = ids.get(prefix)
      if (id !== undefined && id < vocabulary.length) yield prefix
    }
  }
}
