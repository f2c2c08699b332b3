import { css, html, LitElement } from 'lit'
import { customElement, state as local, property } from 'lit/decorators.js'
import { sayError } from '../libraries.ts'
import { update } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'
import './modal-dialog.ts'

/** Asks once before something is removed. */
@customElement('confirm-dialog')
export class ConfirmDialog extends LitElement {
  static override styles = [
    base,
    css`
      footer {
        display: flex;
        justify-content: end;
        gap: 8px;
        margin-top: 20px;
      }
    `,
  ]

  @property() question = ''
  @property() confirm = ''
  @property({ attribute: false }) run!: () => Promise<void>
  @local() private busy = false

  #close = () => update({ panel: undefined })

  async #confirm(): Promise<void> {
    this.busy = true
    try {
      await this.run()
    } catch (error) {
      sayError(error)
    }
    this.#close()
  }

  override render() {
    return html`<modal-dialog heading=${this.confirm} @close=${this.#close}>
      <p>${this.question}</p>
      <footer>
        <button autofocus @click=${this.#close}>${words.cancel}</button>
        <button class="main" ?disabled=${this.busy} @click=${this.#confirm}>${this.confirm}</button>
      </footer>
    </modal-dialog>`
  }
}
