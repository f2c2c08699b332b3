/** Words → pieces. A word is given as its letters (code points); pieces are told by where they end. */

/** What a vocabulary knows. Both give the score of a piece, undefined where there is none; WordPiece's scores do not matter. */
export interface Vocabulary {
  /** Of the piece that begins a word and spells its first `end` letters, 0 for the mark of a beginning alone. */
  beginning(end: number): number | undefined
  /** Of the piece that goes on with letters[start … end). */
  going(start: number, end: number): number | undefined
}

/** letters[start … end); `start` is undefined for the piece that begins the word. */
export interface Span {
  start: number | undefined
  end: number
}

/**
 * The pieces of the highest summed score (Kudo, 2018), by Viterbi's algorithm. Letters that no piece begins with are left out; each costs
 * `unknown`.
 */
export function unigramSpans(length: number, { beginning, going }: Vocabulary, unknown: number): Span[] {
  const best: { score: number; start: number | undefined; known: boolean }[] = []
  const offer = (end: number, score: number, start: number | undefined, known: boolean): void => {
    if (!best[end] || score > best[end].score) best[end] = { score, start, known }
  }
  for (let end = 0; end <= length; end++) {
    const score = beginning(end)
    if (score !== undefined) offer(end, score, undefined, true)
  }
  if (!best[0]) offer(0, unknown, undefined, false)
  for (let start = 0; start < length; start++) {
    const before = best[start]
    if (!before) continue
    for (let end = start + 1; end <= length; end++) {
      const score = going(start, end)
      if (score !== undefined) offer(end, before.score + score, start, true)
      else if (end === start + 1) offer(end, before.score + unknown, start, false)
    }
  }
  const spans: Span[] = []
  for (let end = length; ; ) {
    const { start, known } = best[end]!
    if (known) spans.push({ start, end })
    if (start === undefined) return spans.reverse()
    end = start
  }
}

/** WordPiece looks at no longer words. */
const longestWord = 100

/** The longest piece, again and again (Wu et al., 2016); no pieces where a rest of the word has none. */
export function wordPieceSpans(length: number, { beginning, going }: Vocabulary): Span[] {
  if (length > longestWord) return []
  const spans: Span[] = []
  for (let start = 0; start < length; ) {
    let end = length
    const score = (): number | undefined => (start === 0 ? beginning(end) : going(start, end))
    while (end > start && score() === undefined) end--
    if (end === start) return []
    spans.push({ start: start === 0 ? undefined : start, end })
    start = end
  }
  return spans
}
