import { css, html, LitElement, nothing } from 'lit'
import { customElement, property, query } from 'lit/decorators.js'
import { base } from '../styles.ts'

export interface MenuItem {
  label: string
  run: () => void
  /** For items of which one is chosen. */
  checked?: boolean
  /** Draws a line above. */
  apart?: boolean
}

/** A button with a menu under it; its slot is the button's content. */
@customElement('menu-button')
export class MenuButton extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: inline-flex;
        min-width: 0;
      }

      .opener {
        min-width: 0;
      }

      [popover] {
        position: fixed;
        inset: auto;
        margin: 0;
        min-width: 200px;
        max-width: min(340px, calc(100vw - 24px));
        max-height: 70dvh;
        padding: 6px;
        border: 1px solid var(--line);
        border-radius: 12px;
        background: var(--paper);
        color: var(--ink);
        box-shadow: var(--shadow);
        overflow: auto;
      }

      [role='menuitem'],
      [role='menuitemradio'] {
        display: flex;
        justify-content: start;
        width: 100%;
        min-height: 38px;
        padding: 6px 12px;
        border: 0;
        text-align: start;
        white-space: normal;
        overflow-wrap: anywhere;
      }

      [aria-checked]::before {
        content: '';
        flex: none;
        width: 8px;
        height: 8px;
        margin-inline-end: 4px;
        border-radius: 50%;
      }

      [aria-checked='true']::before {
        background: var(--accent);
      }

      hr {
        margin: 6px 8px;
        border: 0;
        border-top: 1px solid var(--line);
      }
    `,
  ]

  @property() label = ''
  /** Classes of the button. */
  @property() look = ''
  @property({ attribute: false }) items: MenuItem[] = []
  @query('.opener') private opener!: HTMLButtonElement
  @query('[popover]') private menu!: HTMLElement

  #place(event: ToggleEvent): void {
    const open = event.newState === 'open'
    this.opener.ariaExpanded = String(open)
    if (!open) return
    const button = this.opener.getBoundingClientRect()
    const width = this.menu.offsetWidth
    const left = button.left + width > innerWidth - 12 ? button.right - width : button.left
    this.menu.style.left = `${Math.max(12, left)}px`
    this.menu.style.top = `${button.bottom + 6}px`
    this.#focus(0)
  }

  get #entries(): HTMLElement[] {
    return [...this.menu.querySelectorAll<HTMLElement>('[role^=menuitem]')]
  }

  #focus(index: number): void {
    this.#entries.at(index % this.#entries.length)?.focus()
  }

  #move(event: KeyboardEvent): void {
    const at = this.#entries.indexOf(this.shadowRoot?.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (to === undefined) {
      if (event.key === 'Tab') this.menu.hidePopover()
      return
    }
    event.preventDefault()
    this.#focus(to)
  }

  #choose(item: MenuItem): void {
    this.menu.hidePopover()
    item.run()
  }

  override render() {
    return html`
      <button
        class="opener ${this.look}"
        popovertarget="menu"
        aria-haspopup="menu"
        aria-expanded="false"
        aria-label=${this.label}
        title=${this.label}
      >
        <slot></slot>
      </button>
      <div id="menu" popover role="menu" aria-label=${this.label} @toggle=${this.#place} @keydown=${this.#move}>
        ${this.items.map(
          item => html`${item.apart ? html`<hr />` : ''}
            <button
              class="bare"
              role=${item.checked === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked=${item.checked === undefined ? nothing : String(item.checked)}
              tabindex="-1"
              @click=${() => this.#choose(item)}
            >
              ${item.label}
            </button>`,
        )}
      </div>
    `
  }
}
