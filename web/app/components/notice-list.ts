import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { cross } from '../icons.ts'
import { type Notice, state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'

/** What the page and the open library have to say, each until it is dismissed. */
@customElement('notice-list')
export class NoticeList extends LitElement {
  static override styles = [
    base,
    css`
      .notice {
        display: flex;
        align-items: center;
        gap: 12px;
        margin-bottom: 8px;
        padding: 6px 6px 6px 14px;
        border-radius: var(--round);
        background: var(--wash);
        font-size: 14px;
      }

      .warning {
        background: var(--warning-wash);
        color: var(--warning);
      }

      p {
        flex: 1;
        padding: 4px 0;
        overflow-wrap: anywhere;
      }

      .warning button {
        color: inherit;
      }
    `,
  ]

  /** Lines of a library that were dismissed here. */
  #dismissed = new Set<string>()

  constructor() {
    super()
    new Watch(this)
  }

  #dismiss(notice: Notice): void {
    update({ notices: state().notices.filter(other => other !== notice) })
  }

  override render() {
    const { notices, info } = state()
    const ofLibrary = (info?.notices ?? []).filter(text => !this.#dismissed.has(text))
    return html`<div role="status">
      ${ofLibrary.map(text =>
        this.#line({ id: 0, tone: 'warning', text }, () => {
          this.#dismissed.add(text)
          this.requestUpdate()
        }),
      )}
      ${notices.map(notice => this.#line(notice, () => this.#dismiss(notice)))}
    </div>`
  }

  #line({ tone, text, action }: Notice, dismiss: () => void) {
    return html`<div class="notice ${tone}">
      <p>${text}</p>
      ${action ? html`<button @click=${action.run}>${action.label}</button>` : nothing}
      <button class="bare icon" aria-label=${words.dismiss} @click=${dismiss}>${cross}</button>
    </div>`
  }
}
