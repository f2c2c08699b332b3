import { css, html, LitElement, nothing } from 'lit'
import { customElement, query } from 'lit/decorators.js'
import { pickFolder, pickPictures } from '../adding.ts'
import { folder, mark, picture } from '../icons.ts'
import { modelInUse } from '../models.ts'
import { ask, askPicture, showAgain } from '../navigation.ts'
import { wantSearched } from '../searched-place.ts'
import { isEmpty } from '../searching.ts'
import { nothingAsked, state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { bytes, nameOf } from '../words/format.ts'
import { language, speak, words } from '../words/words.ts'
import type { PictureGrid } from './picture-grid.ts'
import type { SearchBox } from './search-box.ts'
import './address-dialog.ts'
import './confirm-dialog.ts'
import './drop-area.ts'
import './export-dialog.ts'
import './folder-dialog.ts'
import './index-progress.ts'
import './large-view.ts'
import './libraries-dialog.ts'
import './library-bar.ts'
import './manage-dialog.ts'
import './model-panel.ts'
import './new-library-dialog.ts'
import './notice-list.ts'
import './paths-dialog.ts'
import './picture-grid.ts'
import './search-box.ts'
import './selection-bar.ts'
import './skipped-list.ts'
import './token-dialog.ts'
import './transfer-dialog.ts'
import './welcome-note.ts'

/** The page: box and libraries above, results below, dialogs over them. */
@customElement('app-root')
export class AppRoot extends LitElement {
  static override styles = [
    base,
    css`
      header {
        position: sticky;
        top: 0;
        z-index: 2;
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: 10px 20px;
        padding: 12px var(--edge);
        background: var(--paper);
        border-bottom: 1px solid var(--line);
      }

      .brand {
        gap: 10px;
        padding: 0;
        border: 0;
        background: none;
        font-size: 1.1rem;
        font-weight: 650;
        letter-spacing: -0.01em;
      }

      .brand:hover {
        background: none;
      }

      search-box {
        width: 100%;
        max-width: 760px;
        justify-self: center;
      }

      main {
        max-width: 1680px;
        margin: 0 auto;
        padding: 16px var(--edge) 88px;
      }

      .status {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 2px 24px;
        margin-bottom: 14px;
        color: var(--soft);
        font-size: 13.5px;
      }

      .status .link {
        color: inherit;
        text-decoration-color: var(--line);
      }

      .status .link:hover {
        color: var(--accent);
      }

      .tools {
        display: flex;
        gap: 16px;
      }

      .empty {
        display: grid;
        justify-items: center;
        gap: 16px;
        padding: 12vh 0;
        text-align: center;
      }

      .empty div {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 8px;
      }

      @media (max-width: 860px) {
        header {
          grid-template-columns: auto minmax(0, 1fr);
          padding-block: 8px 10px;
        }

        search-box {
          grid-column: 1 / -1;
          grid-row: 2;
          max-width: none;
        }
      }
    `,
  ]

  @query('search-box') private box!: SearchBox
  @query('picture-grid') private grid!: PictureGrid

  constructor() {
    super()
    new Watch(this)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('keydown', this.#key)
    addEventListener('paste', this.#paste)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('keydown', this.#key)
    removeEventListener('paste', this.#paste)
  }

  #key = (event: KeyboardEvent) => {
    const inField = event.composedPath()[0] instanceof HTMLInputElement
    const covered = state().panel !== undefined || state().view !== undefined
    if (event.key !== '/' || inField || covered || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    this.box.focus()
  }

  #paste = (event: ClipboardEvent) => {
    const picture = [...(event.clipboardData?.files ?? [])].find(file => file.type.startsWith('image/'))
    if (!picture) return
    event.preventDefault()
    askPicture(picture)
  }

  /** The keyboard goes on where the large view has led. */
  #returnTo(event: CustomEvent<string>): void {
    const place = state().results?.hits.findIndex(hit => hit?.id === event.detail) ?? -1
    if (place >= 0) void this.grid.focusPlace(place)
  }

  #switchLanguage(): void {
    speak(language === 'en' ? 'zh' : 'en')
    // Every component draws its words again.
    update({})
  }

  override render() {
    const { results, libraries, library, info, asked } = state()
    const entry = libraries.find(entry => entry.name === library)
    const first = isEmpty(asked) && entry?.url !== undefined && libraries.every(({ url }) => url !== undefined)
    const model = modelInUse()
    const empty = results !== undefined && results.total === 0 && info?.pictures === 0
    return html`
      <header>
        <button class="brand" @click=${() => ask(nothingAsked)}>${mark}Picfind</button>
        <search-box @leave=${() => void this.grid.focusPlace(0)}></search-box>
        <library-bar></library-bar>
      </header>
      <main>
        <notice-list></notice-list>
        <index-progress></index-progress>
        ${first ? html`<welcome-note></welcome-note>` : nothing}
        <div class="status">
          <p>
            <span role="status">${this.#status()}</span>
            <span class="numbers" aria-hidden="true">${this.#meanwhile()}</span>
          </p>
          <div class="tools">
            ${
              model
                ? html`<button
                  class="link"
                  title=${words.modelLimits(model)}
                  @click=${() => update({ panel: { kind: 'models' } })}
                >
                  ${words.model(model.name)}
                </button>`
                : nothing
            }
            ${this.#searchedPlace()} ${this.#install()}
            <button class="link" lang=${language === 'en' ? 'zh' : 'en'} @click=${this.#switchLanguage}>
              ${words.switchLanguage}
            </button>
          </div>
        </div>
        ${empty ? this.#empty() : nothing}
        <picture-grid></picture-grid>
      </main>
      <selection-bar></selection-bar>
      <large-view @close=${this.#returnTo}></large-view>
      ${this.#panel()}
      <drop-area></drop-area>
    `
  }

  #searchedPlace() {
    const { info, library } = state()
    if (!info?.remote?.searches) return nothing
    const [place, label] = info.remote.isAsked
      ? (['here', words.searchHere(bytes(info.bytes))] as const)
      : (['there', words.searchThere] as const)
    const move = () => {
      wantSearched(library, place)
      void showAgain(library)
    }
    return html`<button class="link" @click=${move}>${label}</button>`
  }

  #install() {
    const { install } = state()
    return install ? html`<button class="link" @click=${() => void install()}>${words.install}</button>` : nothing
  }

  #empty() {
    const { indexing, library } = state()
    if (indexing?.state === 'running' && indexing.library === library) {
      return html`<p class="empty">${words.soon}</p>`
    }
    return html`<section class="empty">
      <p>${words.noPictures}</p>
      <div>
        <button class="main" @click=${() => void pickFolder()}>${folder}${words.addFolder}</button>
        <button @click=${pickPictures}>${picture}${words.addPictures}</button>
      </div>
    </section>`
  }

  #status(): string {
    const { asked, results, library, info } = state()
    if (!results) return library ? words.opening : ''
    const isAsked = info?.remote?.isAsked ?? false
    if (isEmpty(asked)) return isAsked ? words.askServer(info?.pictures ?? 0) : words.allPictures(results.total)
    const query =
      asked.kind === 'words'
        ? words.quoted(asked.words.trim())
        : words.likeThis(asked.kind === 'like' ? nameOf(asked.id) : asked.name)
    return words.resultsFor(query, results.total)
  }

  /** What is still on its way; of no use to screen readers, for whom it would come too often. */
  #meanwhile(): string {
    const { download, results } = state()
    if (!download) return results?.refining ? `· ${words.quickAnswer}` : ''
    const all = download.total === null ? '…' : bytes(download.total)
    return `· ${words.modelDownloading(bytes(download.loaded), all)}`
  }

  #panel() {
    const { panel } = state()
    switch (panel?.kind) {
      case undefined:
        return nothing
      case 'libraries':
        return html`<libraries-dialog></libraries-dialog>`
      case 'address':
        return html`<address-dialog></address-dialog>`
      case 'token':
        return html`<token-dialog url=${panel.url} .retry=${panel.retry}></token-dialog>`
      case 'export':
        return html`<export-dialog library=${panel.library}></export-dialog>`
      case 'transfer':
        return html`<transfer-dialog></transfer-dialog>`
      case 'manage':
        return html`<manage-dialog></manage-dialog>`
      case 'new-library':
        return html`<new-library-dialog></new-library-dialog>`
      case 'models':
        return html`<model-panel></model-panel>`
      case 'skipped':
        return html`<skipped-list></skipped-list>`
      case 'folder':
        return html`<folder-dialog .folder=${panel.folder}></folder-dialog>`
      case 'confirm':
        return html`<confirm-dialog question=${panel.question} confirm=${panel.confirm} .run=${panel.run}></confirm-dialog>`
      case 'paths':
        return html`<paths-dialog paths=${panel.paths}></paths-dialog>`
    }
  }
}
