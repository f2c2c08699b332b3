import { css, html, LitElement } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { cross } from '../icons.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'

/** A dialog above the page, with a heading and the content of its slot. It is open while it is in the page; asks to go with `close`. */
@customElement('modal-dialog')
export class ModalDialog extends LitElement {
  static override styles = [
    base,
    css`
      dialog {
        width: min(560px, calc(100vw - 24px));
        max-height: min(760px, calc(100dvh - 24px));
        padding: 0;
        border: 1px solid var(--line);
        border-radius: 14px;
        background: var(--paper);
        color: var(--ink);
        box-shadow: var(--shadow);
        overflow: auto;
      }

      dialog::backdrop {
        background: rgb(0 0 0 / 40%);
      }

      header {
        position: sticky;
        top: 0;
        display: flex;
        align-items: start;
        justify-content: space-between;
        gap: 12px;
        padding: 18px 14px 10px 24px;
        background: var(--paper);
      }

      header h2 {
        padding-top: 5px;
        overflow-wrap: anywhere;
      }

      .content {
        padding: 2px 24px 24px;
      }

      @media (max-width: 480px) {
        header {
          padding-left: 18px;
        }

        .content {
          padding: 2px 18px 18px;
        }
      }
    `,
  ]

  @property() heading = ''

  #opener: Element | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.#opener = focusedElement()
  }

  /** A dialog that is taken out of the page gives the keyboard back itself. */
  override disconnectedCallback(): void {
    super.disconnectedCallback()
    if (this.#opener instanceof HTMLElement) this.#opener.focus()
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector('dialog')?.showModal()
  }

  #close(): void {
    this.dispatchEvent(new Event('close'))
  }

  override render() {
    return html`<dialog
      aria-labelledby="heading"
      @close=${this.#close}
      @click=${(event: Event) => event.target === event.currentTarget && this.#close()}
    >
      <header>
        <h2 id="heading">${this.heading}</h2>
        <button class="bare icon" aria-label=${words.close} @click=${this.#close}>${cross}</button>
      </header>
      <div class="content"><slot></slot></div>
    </dialog>`
  }
}

/** The element with the keyboard, inside whatever components. */
function focusedElement(): Element | null {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element
}
