import { css, html, LitElement } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { update } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'
import './modal-dialog.ts'

/** Paths to copy by hand, where the page may not write to the clipboard. */
@customElement('paths-dialog')
export class PathsDialog extends LitElement {
  static override styles = [
    base,
    css`
      textarea {
        width: 100%;
        height: 40dvh;
        padding: 10px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--wash);
        color: inherit;
        font: 13px/1.5 ui-monospace, monospace;
      }
    `,
  ]

  @property() paths = ''

  override firstUpdated(): void {
    this.renderRoot.querySelector('textarea')?.select()
  }

  override render() {
    return html`<modal-dialog heading=${words.copyTitle} @close=${() => update({ panel: undefined })}>
      <textarea readonly aria-label=${words.copyTitle} .value=${this.paths}></textarea>
    </modal-dialog>`
  }
}
