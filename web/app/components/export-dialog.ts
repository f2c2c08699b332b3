import { css, html, LitElement, nothing } from 'lit'
import { customElement, state as local, property, query } from 'lit/decorators.js'
import { directoryPicker } from '../picking.ts'
import { update } from '../state.ts'
import { base } from '../styles.ts'
import { type Export, exportFolder, exportZip } from '../transfer.ts'
import { words } from '../words/words.ts'
import { form } from './form-styles.ts'
import './modal-dialog.ts'

/** Asks what a library is saved for, and whether as a zip or into a folder. */
@customElement('export-dialog')
export class ExportDialog extends LitElement {
  static override styles = [
    base,
    form,
    css`
      fieldset {
        display: grid;
        gap: 14px;
        margin: 6px 0 0;
        padding: 0;
        border: 0;
      }

      .choice {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0 10px;
        margin: 0;
        cursor: pointer;
      }

      .choice input {
        width: 17px;
        height: 17px;
        margin: 3px 0 0;
        accent-color: var(--accent);
      }

      .choice .soft {
        grid-column: 2;
      }

      .originals {
        padding-inline-start: 27px;
      }
    `,
  ]

  @property() library = ''
  @local() private forSite = false
  @query('#originals') private originals: HTMLInputElement | undefined

  #close = () => update({ panel: undefined })

  get #wanted(): Export {
    const folder = this.originals?.value.trim() || './'
    return { library: this.library, originals: this.forSite ? folder.replace(/\/?$/, '/') : undefined }
  }

  override render() {
    return html`<modal-dialog heading=${words.exportTitle(this.library)} @close=${this.#close}>
      <fieldset>
        <legend class="unseen">${words.exportFor}</legend>
        ${this.#choice(false, words.exportCopy, words.exportCopyText)}
        ${this.#choice(true, words.exportSite, words.exportSiteText)}
      </fieldset>
      ${
        this.forSite
          ? html`<label class="originals small"
              >${words.exportOriginals}<input id="originals" value="../" autocomplete="off" spellcheck="false"
            /></label>`
          : nothing
      }
      <footer>
        <button @click=${this.#close}>${words.cancel}</button>
        ${
          directoryPicker()
            ? html`<button @click=${() => void exportFolder(this.#wanted)}>${words.exportFolder}</button>`
            : nothing
        }
        <button class="main" autofocus @click=${() => void exportZip(this.#wanted)}>${words.exportZip}</button>
      </footer>
    </modal-dialog>`
  }

  #choice(forSite: boolean, label: string, text: string) {
    return html`<label class="choice">
      <input
        type="radio"
        name="for"
        .checked=${this.forSite === forSite}
        @change=${() => {
          this.forSite = forSite
        }}
      />
      <span>${label}</span>
      <span class="soft small">${text}</span>
    </label>`
  }
}
