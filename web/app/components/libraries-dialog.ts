import { css, html, LitElement, nothing } from 'lit'
import { customElement, state as local } from 'lit/decorators.js'
import { bytesOf, closeLibrary, freeKept, isStoreless, removeLibrary, siteLibrary } from '../libraries.ts'
import { goToLibrary } from '../navigation.ts'
import { type LibraryEntry, state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { forgetToken, tokenFor } from '../tokens.ts'
import { pickBundleFolder, pickZip } from '../transfer.ts'
import { bytes } from '../words/format.ts'
import { words } from '../words/words.ts'
import { entries } from './entry-styles.ts'
import { titleOf } from './library-bar.ts'
import './modal-dialog.ts'

/** All libraries: what each takes of the disk, how to get rid of it, take it along or bring one in. */
@customElement('libraries-dialog')
export class LibrariesDialog extends LitElement {
  static override styles = [
    base,
    entries,
    css`
      .name strong {
        font-weight: 600;
      }

      .numbers {
        white-space: nowrap;
      }

      .more {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-bottom: 18px;
      }
    `,
  ]

  @local() private sizes = new Map<string, number>()
  @local() private estimate?: StorageEstimate | undefined
  @local() private persisted?: boolean | undefined

  constructor() {
    super()
    new Watch(this)
  }

  override firstUpdated(): void {
    void this.#measure()
  }

  async #measure(): Promise<void> {
    const { storage } = navigator
    const [estimate, persisted] = await Promise.all([storage?.estimate?.(), storage?.persisted?.()])
    this.estimate = estimate
    this.persisted = persisted
    for (const entry of state().libraries) {
      const size = await bytesOf(entry).catch(() => 0)
      this.sizes = new Map(this.sizes).set(entry.name, size)
    }
  }

  #close = () => update({ panel: undefined })

  #open(name: string): void {
    this.#close()
    void goToLibrary(name)
  }

  #askRemove({ name, added }: LibraryEntry): void {
    const run = async () => {
      if (state().library === name) await goToLibrary(siteLibrary())
      await removeLibrary(name)
    }
    const question = added ? words.removeAddedAsk(name) : words.removeOwnAsk(name)
    update({ panel: { kind: 'confirm', question, confirm: words.remove, run } })
  }

  #askFree(entry: LibraryEntry): void {
    const run = () => freeKept(entry)
    update({ panel: { kind: 'confirm', question: words.freeAsk(titleOf(entry)), confirm: words.free, run } })
  }

  /** With what it has opened: else the copy here would go on showing it. */
  #askForget(entry: LibraryEntry): void {
    const url = new URL(entry.url!, document.baseURI)
    const run = async () => {
      forgetToken(url.href)
      await closeLibrary(entry.name)
      await freeKept(entry)
      // It asks for a token, in a dialog that takes the place of this one.
      if (state().library === entry.name) void goToLibrary(entry.name)
    }
    const question = words.tokenForgetAsk(titleOf(entry), url.origin)
    update({ panel: { kind: 'confirm', question, confirm: words.tokenForgetFor, run } })
  }

  async #persist(): Promise<void> {
    this.persisted = await navigator.storage.persist()
    if (!this.persisted) this.refused = true
  }

  @local() private refused = false

  override render() {
    return html`<modal-dialog heading=${words.librariesTitle} @close=${this.#close}>
      <ul>
        ${state().libraries.map(entry => this.#library(entry))}
      </ul>
      <div class="more">
        <button @click=${() => update({ panel: { kind: 'new-library' } })}>${words.newLibrary}</button>
        <button @click=${() => update({ panel: { kind: 'address' } })}>${words.openAddress}</button>
        ${
          isStoreless()
            ? nothing
            : html`<button @click=${this.#pickZip}>${words.importZip}</button>
                <button @click=${this.#pickFolder}>${words.importFolder}</button>`
        }
      </div>
      ${this.#storage()}
    </modal-dialog>`
  }

  #pickZip = () => {
    this.#close()
    pickZip()
  }

  #pickFolder = () => {
    this.#close()
    void pickBundleFolder()
  }

  #library(entry: LibraryEntry) {
    const { name, url, added } = entry
    const own = url === undefined
    const size = this.sizes.get(name)
    const title = titleOf(entry)
    const button = (label: string, run: () => void) =>
      html`<button class="link small" aria-label=${`${label}: ${title}`} @click=${run}>${label}</button>`
    const kind = own ? words.kindOwn : added ? words.kindAdded : words.kindSite
    return html`<li>
      <div class="name">
        <strong>${title}</strong>
        <span class="soft numbers">${size === undefined ? '…' : bytes(size)}</span>
      </div>
      <p class="soft small">${kind}${name === state().library ? html` · ${words.openNow}` : nothing}</p>
      <div class="buttons">
        ${name === state().library ? nothing : button(words.open, () => this.#open(name))}
        ${own && size ? button(words.export, () => update({ panel: { kind: 'export', library: name } })) : nothing}
        ${own || added ? button(words.remove, () => this.#askRemove(entry)) : nothing}
        ${url !== undefined && tokenFor(url) !== undefined ? button(words.tokenForgetFor, () => this.#askForget(entry)) : nothing}
        ${!own && !added && size ? button(words.free, () => this.#askFree(entry)) : nothing}
      </div>
    </li>`
  }

  #storage() {
    const { usage, quota } = this.estimate ?? {}
    if (isStoreless()) return html`<p class="soft small">${words.transferStoreless}</p>`
    return html`<p class="soft small">
      ${usage !== undefined && quota ? words.storageAll(bytes(usage), bytes(quota), location.host) : nothing}
      ${this.persisted === undefined ? nothing : this.persisted ? words.persisted : words.notPersisted}
      ${
        this.persisted === false && !this.refused
          ? html`<button class="link" @click=${() => void this.#persist()}>${words.persist}</button>`
          : nothing
      }
      ${this.refused ? words.persistRefused : nothing} ${state().offline ? words.offlineReady : nothing}
    </p>`
  }
}
