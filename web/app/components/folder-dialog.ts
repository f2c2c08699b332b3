import { css, html, LitElement } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { type FolderChoice, update } from '../state.ts'
import { base } from '../styles.ts'
import { nameOf } from '../words/format.ts'
import { words } from '../words/words.ts'
import './modal-dialog.ts'

/** Asks which subfolders of a folder to leave out before it is added. */
@customElement('folder-dialog')
export class FolderDialog extends LitElement {
  static override styles = [
    base,
    css`
      ul {
        max-height: 46dvh;
        margin: 14px 0 20px;
        padding: 4px 0;
        border-block: 1px solid var(--line);
        list-style: none;
        overflow: auto;
      }

      label {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 34px;
        padding-inline-start: 4px;
        cursor: pointer;
        overflow-wrap: anywhere;
      }

      li.inner label {
        padding-inline-start: 32px;
      }

      input {
        flex: none;
        width: 17px;
        height: 17px;
        margin: 0;
        accent-color: var(--accent);
      }

      footer {
        display: flex;
        justify-content: end;
        gap: 8px;
      }
    `,
  ]

  @property({ attribute: false }) folder!: FolderChoice
  #excluded = new Set<string>()

  override connectedCallback(): void {
    super.connectedCallback()
    for (const path of this.folder.excluded) this.#toggle(path, false)
  }

  /** A folder's subfolders follow it. */
  #toggle(path: string, include: boolean): void {
    for (const folder of this.folder.subfolders) {
      if (folder !== path && !folder.startsWith(`${path}/`)) continue
      if (include) this.#excluded.delete(folder)
      else this.#excluded.add(folder)
    }
    this.requestUpdate()
  }

  #parentExcluded(path: string): boolean {
    return path.includes('/') && this.#excluded.has(path.slice(0, path.lastIndexOf('/')))
  }

  #close = () => update({ panel: undefined })

  #start(): void {
    this.#close()
    this.folder.start([...this.#excluded].filter(path => !this.#parentExcluded(path)))
  }

  override render() {
    const { name, subfolders } = this.folder
    return html`<modal-dialog heading=${words.folderTitle(name)} @close=${this.#close}>
      <p class="soft">${words.folderText}</p>
      <ul>
        ${subfolders.map(
          path => html`<li class=${path.includes('/') ? 'inner' : ''}>
            <label>
              <input
                type="checkbox"
                .checked=${!this.#excluded.has(path)}
                ?disabled=${this.#parentExcluded(path)}
                @change=${(event: Event) => this.#toggle(path, (event.target as HTMLInputElement).checked)}
              />${nameOf(path)}
            </label>
          </li>`,
        )}
      </ul>
      <footer>
        <button @click=${this.#close}>${words.cancel}</button>
        <button class="main" autofocus @click=${this.#start}>${words.start}</button>
      </footer>
    </modal-dialog>`
  }
}
