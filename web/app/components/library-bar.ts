import { css, html, LitElement } from 'lit'
import { customElement } from 'lit/decorators.js'
import { pickFolder, pickPictures } from '../adding.ts'
import { down, plus } from '../icons.ts'
import { starter } from '../libraries.ts'
import { goToLibrary } from '../navigation.ts'
import { type LibraryEntry, state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'
import './menu-button.ts'

export function titleOf(entry: LibraryEntry | undefined): string {
  return entry?.name === starter.name ? words.starter : (entry?.name ?? '')
}

/** Which library is open, and the ways to add to it. */
@customElement('library-bar')
export class LibraryBar extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: center;
        justify-content: end;
        gap: 8px;
        min-width: 0;
      }

      .title {
        max-width: 16ch;
        overflow: hidden;
        text-overflow: ellipsis;
      }

      @media (max-width: 420px) {
        .add {
          display: none;
        }
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  override render() {
    const { libraries, library } = state()
    const open = libraries.find(entry => entry.name === library)
    return html`
      <menu-button
        label=${words.librariesOpen(titleOf(open))}
        look="bare"
        .items=${[
          ...libraries.map(entry => ({
            label: titleOf(entry),
            checked: entry.name === library,
            run: () => void goToLibrary(entry.name),
          })),
          { label: words.newLibrary, apart: true, run: () => update({ panel: { kind: 'new-library' } }) },
          { label: words.openAddress, run: () => update({ panel: { kind: 'address' } }) },
          { label: words.manage, apart: true, run: () => update({ panel: { kind: 'manage' } }) },
          { label: words.allLibraries, run: () => update({ panel: { kind: 'libraries' } }) },
        ]}
      >
        <span class="title">${titleOf(open)}</span>${down}
      </menu-button>
      <menu-button
        label=${words.add}
        look="main"
        .items=${[
          { label: words.folderItem, run: () => void pickFolder() },
          { label: words.picturesItem, run: pickPictures },
        ]}
      >
        ${plus}<span class="add">${words.add}</span>
      </menu-button>
    `
  }
}
