import { html, nothing, type TemplateResult } from 'lit'
import type { Bundle } from './bundle.ts'
import { bytes } from './format.ts'
import { needsFull, type Searcher } from './searcher.ts'
import type { Words } from './words/words.ts'

type Piece = TemplateResult | typeof nothing

/** What full search would cost, how far it is, and what there is to know about an answer. */
export function offer(bundle: Bundle, searcher: Searcher, words: Words, language: string, retry: () => void): Piece[] {
  return [trouble(searcher, words, retry), fullSearch(bundle, searcher, words, language), partial(searcher, words)]
}

function trouble({ trouble }: Searcher, words: Words, retry: () => void): Piece {
  if (!trouble) return nothing
  return html`<div part="notice" class="offer" role="alert">
    <p>${words.troubles[trouble.code]}</p>
    <button type="button" @click=${retry}>${words.retry}</button>
  </div>`
}

function fullSearch(bundle: Bundle, { opened, answer }: Searcher, words: Words, language: string): Piece {
  const { loading, full, trouble, missing } = bundle
  if (loading) {
    const { loaded, total } = loading
    return html`<div part="offer" class="offer">
      <p>${words.loading(bytes(loaded, language), bytes(total, language))}</p>
      <progress part="progress" max=${total || 1} value=${loaded} aria-label=${words.search}></progress>
    </div>`
  }
  if (full) {
    const kept = globalThis.isSecureContext
    return kept || !answer ? nothing : html`<p part="hint" class="status">${words.notKept}</p>`
  }
  if (!answer || !opened || missing === undefined || !bundle.offersFull(opened)) return nothing
  const needed = needsFull(answer.asked, opened)
  return html`<div part="offer" class="offer">
    <p>${trouble ? words.troubles.full : needed ? words.needsFull : words.quick}</p>
    <button type="button" part="load" @click=${() => bundle.loadFull()}>
      ${words.loadFull(bytes(missing, language))}
    </button>
  </div>`
}

function partial({ answer }: Searcher, words: Words): Piece {
  return answer?.partial ? html`<p part="partial" class="status" role="status">${words.partial}</p>` : nothing
}
