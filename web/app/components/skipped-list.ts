import { css, html, LitElement } from 'lit'
import { customElement } from 'lit/decorators.js'
import { state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'
import './modal-dialog.ts'

/** The files that could not be added, each with its reason. */
@customElement('skipped-list')
export class SkippedList extends LitElement {
  static override styles = [
    base,
    css`
      ul {
        margin: 14px 0 0;
        padding: 0;
        list-style: none;
      }

      li {
        padding: 10px 0;
        border-top: 1px solid var(--line);
        overflow-wrap: anywhere;
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  override render() {
    const skipped = state().indexing?.progress.skipped ?? []
    return html`<modal-dialog heading=${words.skippedTitle} @close=${() => update({ panel: undefined })}>
      <p class="soft">${words.skippedText}</p>
      <ul>
        ${skipped.map(
          ({ path, code, reason }) =>
            html`<li>${path}<div class="soft small">${words.skippedFor(code, reason)}</div></li>`,
        )}
      </ul>
    </modal-dialog>`
  }
}
