import { html, LitElement, nothing } from 'lit'
import { customElement, state as local, query } from 'lit/decorators.js'
import { makeLibrary } from '../libraries.ts'
import { goToLibrary } from '../navigation.ts'
import { state, update } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'
import { form } from './form-styles.ts'
import './modal-dialog.ts'

/** Asks for the name of a new library. */
@customElement('new-library-dialog')
export class NewLibraryDialog extends LitElement {
  static override styles = [base, form]

  @query('input') private field!: HTMLInputElement
  @local() private taken = false

  #close = () => update({ panel: undefined })

  #create(event: Event): void {
    event.preventDefault()
    const name = this.field.value.trim()
    if (name === '') return
    this.taken = state().libraries.some(entry => entry.name === name) || name === words.starter
    if (this.taken) return
    makeLibrary(name)
    this.#close()
    void goToLibrary(name)
  }

  override render() {
    return html`<modal-dialog heading=${words.newLibraryTitle} @close=${this.#close}>
      <form @submit=${this.#create}>
        <label
          >${words.libraryName}<input autofocus maxlength="60" autocomplete="off" aria-describedby="taken"
        /></label>
        <p id="taken" class="small warning" role="alert">${this.taken ? words.libraryNameTaken : nothing}</p>
        <footer>
          <button type="button" @click=${this.#close}>${words.cancel}</button>
          <button class="main">${words.create}</button>
        </footer>
      </form>
    </modal-dialog>`
  }
}
