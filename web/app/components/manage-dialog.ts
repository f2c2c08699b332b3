import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { chooseSubfolders } from '../adding.ts'
import { lookAgain, removeSource } from '../indexing.ts'
import { removeLibrary, siteLibrary } from '../libraries.ts'
import { goToLibrary } from '../navigation.ts'
import { state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { bytes } from '../words/format.ts'
import { words } from '../words/words.ts'
import { entries } from './entry-styles.ts'
import { titleOf } from './library-bar.ts'
import './modal-dialog.ts'

/** The folders of the open library, what it takes of the disk, and how to be rid of either. */
@customElement('manage-dialog')
export class ManageDialog extends LitElement {
  static override styles = [
    base,
    entries,
    css`
      .all {
        margin-top: 20px;
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  #close = () => update({ panel: undefined })

  #askSource(name: string, pictures: number): void {
    const { library } = state()
    update({
      panel: {
        kind: 'confirm',
        question: words.removeFolderAsk(name, pictures),
        confirm: words.remove,
        run: () => removeSource(library, name),
      },
    })
  }

  #askLibrary(): void {
    const { library, info } = state()
    update({
      panel: {
        kind: 'confirm',
        question: words.removeLibraryAsk(library, info?.pictures ?? 0),
        confirm: words.remove,
        run: async () => {
          await goToLibrary(siteLibrary())
          await removeLibrary(library)
        },
      },
    })
  }

  override render() {
    const { libraries, library, info } = state()
    const entry = libraries.find(entry => entry.name === library)
    const own = entry && !entry.url
    return html`<modal-dialog heading=${words.manageTitle(titleOf(entry))} @close=${this.#close}>
      ${own ? nothing : html`<p class="soft">${entry?.added ? words.addedReadOnly : words.starterReadOnly}</p>`}
      ${
        info?.sources.length
          ? html`<ul>
            ${info.sources.map(
              ({ name, pictures }) => html`<li>
                <div class="name">${name}<span class="soft numbers">${words.pictures(pictures)}</span></div>
                ${own ? this.#sourceButtons(name, pictures) : nothing}
              </li>`,
            )}
          </ul>`
          : html`<p>${words.noFolders}</p>`
      }
      ${this.#storage()}
      ${own ? html`<button class="all" @click=${this.#askLibrary}>${words.removeLibrary}</button>` : nothing}
    </modal-dialog>`
  }

  #sourceButtons(name: string, pictures: number) {
    const busy = state().indexing?.state === 'running'
    const button = (label: string, run: () => void) =>
      html`<button class="link small" ?disabled=${busy} @click=${run}>${label}</button>`
    return html`<div class="buttons">
      ${button(words.updateFolder, () => {
        this.#close()
        void lookAgain(state().library, name)
      })}
      ${button(words.subfolders, () => {
        this.#close()
        void chooseSubfolders(name)
      })}
      ${button(words.removeFolder, () => this.#askSource(name, pictures))}
    </div>`
  }

  #storage() {
    const { info } = state()
    if (!info) return nothing
    return html`<p class="soft small">${words.storageLibrary(bytes(info.bytes))} ${state().offline ? words.offlineReady : nothing}</p>`
  }
}
