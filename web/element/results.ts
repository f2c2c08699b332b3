import { html, nothing, type TemplateResult } from 'lit'
import { ifDefined } from 'lit/directives/if-defined.js'
import { similar } from './icons.ts'
import { captionOf, textOf } from './picture-links.ts'
import type { Result } from './searcher.ts'
import type { Words } from './words/words.ts'

export interface ResultActions {
  open(event: MouseEvent, result: Result): void
  like(result: Result): void
  /** The picture of a result can be seen. */
  seen(result: Result): void
}

/** The pictures, each a link to where it is shown. */
export function resultGrid(
  results: Result[],
  words: Words,
  columns: number | undefined,
  damaged: ReadonlySet<string>,
  { open, like, seen }: ResultActions,
): TemplateResult | typeof nothing {
  if (results.length === 0) return nothing
  return html`<ul part="grid" class=${columns ? 'counted' : ''} aria-label=${words.results}>
    ${results.map(result => {
      const { record, thumbnail, url } = result
      const text = textOf(record)
      const caption = captionOf(record)
      return html`<li part="item">
        <a part="link" href=${url || nothing} @click=${(event: MouseEvent) => open(event, result)}>
          <img
            part="image"
            src=${ifDefined(damaged.has(thumbnail) ? undefined : thumbnail || undefined)}
            alt=${text}
            width=${record.width}
            height=${record.height}
            loading="lazy"
            decoding="async"
            @load=${() => seen(result)}
          />
        </a>
        <div part="caption" class="caption">
          <span title=${caption}>${caption}</span>
          <button
            type="button"
            part="like"
            class="bare"
            aria-label=${words.moreLike(text)}
            title=${words.moreLikeThis}
            @click=${() => like(result)}
          >
            ${similar}
          </button>
        </div>
      </li>`
    })}
  </ul>`
}
