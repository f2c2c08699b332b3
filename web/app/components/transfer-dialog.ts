import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { state, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'
import { form } from './form-styles.ts'
import './modal-dialog.ts'

/** How far a library is on its way in or out; closing the dialog ends it. */
@customElement('transfer-dialog')
export class TransferDialog extends LitElement {
  static override styles = [
    base,
    form,
    css`
      progress {
        width: 100%;
        height: 8px;
        accent-color: var(--accent);
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  override render() {
    const { transfer } = state()
    if (!transfer) return nothing
    const { kind, library, done, of, cancel } = transfer
    const heading = kind === 'import' ? words.importing(library) : words.exporting(library)
    return html`<modal-dialog heading=${heading} @close=${cancel}>
      ${
        // Of one without a value it is not known how far it is, or how much is left at the end.
        of === 0 || done === of
          ? html`<progress aria-label=${heading}></progress>`
          : html`<progress aria-label=${heading} max=${of} .value=${done}></progress>`
      }
      <footer><button @click=${cancel}>${words.cancel}</button></footer>
    </modal-dialog>`
  }
}
