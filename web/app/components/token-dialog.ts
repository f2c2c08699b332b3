import { html, LitElement, nothing } from 'lit'
import { customElement, state as local, property, query } from 'lit/decorators.js'
import { update } from '../state.ts'
import { base } from '../styles.ts'
import { forgetToken, keepToken, tokenFor } from '../tokens.ts'
import { words } from '../words/words.ts'
import { form } from './form-styles.ts'
import './modal-dialog.ts'

/** Asks for the token that a server wants. */
@customElement('token-dialog')
export class TokenDialog extends LitElement {
  static override styles = [base, form]

  /** Of the library that it is for. */
  @property() url = ''
  @property({ attribute: false }) retry!: () => Promise<void>
  @query('input') private field!: HTMLInputElement
  @local() private refused = false

  #close = () => update({ panel: undefined })

  async #give(event: Event): Promise<void> {
    event.preventDefault()
    const token = this.field.value.trim()
    // No other characters can be sent in a header.
    this.refused = !/^[\x21-\x7e]+$/.test(token)
    if (this.refused) return
    keepToken(this.url, token)
    this.#close()
    await this.retry()
  }

  #forget = () => {
    forgetToken(this.url)
    this.#close()
  }

  override render() {
    const { origin } = new URL(this.url)
    return html`<modal-dialog heading=${words.tokenTitle} @close=${this.#close}>
      <form @submit=${this.#give}>
        <p class="soft">${words.tokenText(origin)}</p>
        <label
          >${words.token}<input
            autofocus
            type="password"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            aria-describedby="fault"
        /></label>
        <p id="fault" class="small warning" role="alert">${this.refused ? words.tokenInvalid : nothing}</p>
        <footer>
          ${
            tokenFor(this.url) === undefined
              ? nothing
              : html`<button type="button" @click=${this.#forget}>${words.tokenForget}</button>`
          }
          <button type="button" @click=${this.#close}>${words.cancel}</button>
          <button class="main">${words.open}</button>
        </footer>
      </form>
    </modal-dialog>`
  }
}
