import { css, html, LitElement, nothing } from 'lit'
import { customElement, state as local, query } from 'lit/decorators.js'
import { openAddress } from '../addresses.ts'
import { update } from '../state.ts'
import { base } from '../styles.ts'
import { pickZip } from '../transfer.ts'
import { words } from '../words/words.ts'
import { form } from './form-styles.ts'
import './modal-dialog.ts'

/** Asks for the address of a bundle, and says what is wrong with it. */
@customElement('address-dialog')
export class AddressDialog extends LitElement {
  static override styles = [
    base,
    form,
    css`
      .fault {
        margin-top: 10px;
        overflow-wrap: anywhere;
      }
    `,
  ]

  @query('input') private field!: HTMLInputElement
  @local() private fault: string | undefined
  @local() private busy = false

  #close = () => update({ panel: undefined })

  async #open(event: Event): Promise<void> {
    event.preventDefault()
    if (this.field.value.trim() === '' || this.busy) return
    this.busy = true
    this.fault = undefined
    this.fault = await openAddress(this.field.value)
    this.busy = false
    if (this.fault === undefined) this.#close()
  }

  override render() {
    return html`<modal-dialog heading=${words.addressTitle} @close=${this.#close}>
      <form @submit=${this.#open}>
        <p class="soft">${words.addressText}</p>
        <label
          >${words.address}<input
            autofocus
            inputmode="url"
            autocomplete="url"
            autocapitalize="off"
            spellcheck="false"
            placeholder="https://example.org/picfind/"
            aria-describedby="fault"
        /></label>
        <p id="fault" class="fault warning" role="alert">${this.fault ?? nothing}</p>
        <footer>
          ${
            this.fault === undefined
              ? nothing
              : html`<button type="button" @click=${this.#pickZip}>${words.importZip}</button>`
          }
          <button type="button" @click=${this.#close}>${words.cancel}</button>
          <button class="main" ?disabled=${this.busy}>${this.busy ? words.opening : words.open}</button>
        </footer>
      </form>
    </modal-dialog>`
  }

  #pickZip = () => {
    this.#close()
    pickZip()
  }
}
