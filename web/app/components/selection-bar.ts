import { css, html, LitElement, nothing } from 'lit'
import { customElement, state as local } from 'lit/decorators.js'
import { cross } from '../icons.ts'
import { clearSelection, copyPaths, saveZip } from '../selection.ts'
import { state, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'

/** What can be done with the selected pictures, at the foot of the window. */
@customElement('selection-bar')
export class SelectionBar extends LitElement {
  static override styles = [
    base,
    css`
      [role='toolbar'] {
        position: fixed;
        bottom: max(16px, env(safe-area-inset-bottom));
        left: 50%;
        z-index: 3;
        display: flex;
        align-items: center;
        gap: 6px;
        max-width: calc(100vw - 16px);
        padding: 6px 6px 6px 18px;
        border: 1px solid var(--line);
        border-radius: 14px;
        background: var(--paper);
        box-shadow: var(--shadow);
        transform: translateX(-50%);
      }

      .count {
        margin-inline-end: 8px;
        white-space: nowrap;
      }

      @media (max-width: 480px) {
        [role='toolbar'] {
          gap: 4px;
          padding-inline-start: 12px;
          font-size: 13.5px;
        }

        .count {
          margin-inline-end: 2px;
        }

        button {
          padding: 0 8px;
        }

        button.icon {
          padding: 0;
        }
      }
    `,
  ]

  /** Pictures already in the zip; undefined while none is made. */
  @local() private packed: number | undefined

  constructor() {
    super()
    new Watch(this)
  }

  async #zip(): Promise<void> {
    this.packed = 0
    await saveZip(done => {
      this.packed = done
    })
    this.packed = undefined
  }

  override render() {
    const { size } = state().selected
    if (size === 0) return nothing
    const zipping = this.packed !== undefined
    return html`<div role="toolbar" aria-label=${words.selected(size)}>
      <span class="count numbers" role="status"
        >${zipping ? words.zipping(this.packed ?? 0, size) : words.selected(size)}</span
      >
      <button ?disabled=${zipping} @click=${this.#zip}>${words.saveZip}</button>
      <button @click=${copyPaths}>${words.copyPaths}</button>
      <button class="bare icon" aria-label=${words.clearSelection} title=${words.clearSelection} @click=${clearSelection}>
        ${cross}
      </button>
    </div>`
  }
}
