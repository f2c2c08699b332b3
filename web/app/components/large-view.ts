import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { ifDefined } from 'lit/directives/if-defined.js'
import type { SiteRecord } from '../../engine/browser.ts'
import { cross, left, right, similar } from '../icons.ts'
import { openLibrary } from '../libraries.ts'
import { askLike, closeView, showView } from '../navigation.ts'
import { need } from '../searching.ts'
import { save } from '../selection.ts'
import { state, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { thumbnail, wantThumbnails } from '../thumbnails.ts'
import { bytes, date, folderOf, nameOf, score } from '../words/format.ts'
import { words } from '../words/words.ts'

/** Pixels a finger must go sideways to turn to the next picture. */
const swipe = 50

/** What is known of the picture on show; `original` is null where it cannot be read. */
interface Shown {
  id: string
  record?: SiteRecord & { modified?: number }
  original?: Blob | null
  url?: string
  /** The browser cannot draw the original. */
  undrawable?: boolean
  gone?: boolean
}

/**
 * One picture over the whole page, with what is known about it. It is open while the state has a `view`; `close` tells the id of
 * the picture that was shown last.
 */
@customElement('large-view')
export class LargeView extends LitElement {
  static override styles = [
    base,
    css`
      dialog {
        width: 100vw;
        max-width: none;
        height: 100dvh;
        max-height: none;
        margin: 0;
        padding: 0;
        border: 0;
        background: var(--paper);
        color: var(--ink);
        overflow: hidden;
      }

      .layout {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 320px;
        height: 100%;
      }

      .stage {
        position: relative;
        display: grid;
        grid-template-rows: minmax(0, 1fr);
        grid-template-columns: minmax(0, 1fr);
        place-items: center;
        min-height: 0;
        padding: 24px 72px;
        background: #141413;
        touch-action: pan-y pinch-zoom;
        user-select: none;
      }

      .stage img {
        max-width: 100%;
        max-height: 100%;
        object-fit: contain;
        border-radius: 4px;
      }

      .turn,
      .away {
        position: absolute;
        width: 44px;
        min-height: 44px;
        padding: 0;
        border: 0;
        border-radius: 50%;
        background: rgb(40 40 38 / 62%);
        color: #fff;
      }

      .turn:hover,
      .away:hover {
        background: rgb(80 80 76 / 80%);
      }

      .turn:focus-visible,
      .away:focus-visible {
        outline-color: #fff;
      }

      .turn {
        top: calc(50% - 22px);
      }

      .previous {
        left: 14px;
      }

      .next {
        right: 14px;
      }

      .away {
        top: 14px;
        left: 14px;
      }

      aside {
        display: flex;
        flex-direction: column;
        gap: 18px;
        padding: 26px 24px;
        border-left: 1px solid var(--line);
        overflow: auto;
      }

      h2 {
        overflow-wrap: anywhere;
      }

      .why {
        padding: 10px 12px;
        border-radius: 8px;
        background: var(--warning-wash);
        color: var(--warning);
        font-size: 13.5px;
      }

      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }

      .actions button {
        flex: 1;
      }

      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 6px 16px;
        margin: 0;
        font-size: 14px;
      }

      dt {
        color: var(--soft);
      }

      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }

      @media (max-width: 760px) {
        .layout {
          grid-template-columns: minmax(0, 1fr);
          grid-template-rows: minmax(0, 1fr) auto;
        }

        .stage {
          padding: 0;
        }

        .stage img {
          border-radius: 0;
        }

        aside {
          gap: 12px;
          max-height: 46dvh;
          padding: 16px 18px 22px;
          border-top: 1px solid var(--line);
          border-left: 0;
        }
      }
    `,
  ]

  #shown?: Shown
  #from?: { x: number; y: number }

  constructor() {
    super()
    new Watch(this)
  }

  override updated(): void {
    const { view } = state()
    const dialog = this.renderRoot.querySelector('dialog')
    if (dialog && !dialog.open) dialog.showModal()
    this.#holdKeyboard()
    if (view === undefined && this.#shown) this.dispatchEvent(new CustomEvent('close', { detail: this.#shown.id }))
    if (view !== this.#shown?.id) void this.#load(view)
  }

  /** A button that goes or is disabled takes the keyboard out of the dialog with it, in some browsers a little later. */
  #holdKeyboard(): void {
    const focused = this.shadowRoot?.activeElement
    const lost = focused ? focused.matches('[hidden], :disabled') : document.activeElement === document.body
    if (lost) this.renderRoot.querySelector('h2')?.focus()
  }

  async #load(id: string | undefined): Promise<void> {
    if (this.#shown?.url) URL.revokeObjectURL(this.#shown.url)
    this.#shown = id === undefined ? undefined : { id }
    if (id === undefined) return
    const library = await openLibrary()
    if (!library) return
    wantThumbnails([id])
    await Promise.all([
      library
        .record(id)
        .then(record => this.#know(id, { record }))
        .catch(() => this.#know(id, { gone: true })),
      library
        .original(id)
        .catch(() => undefined)
        .then(original =>
          this.#know(id, original ? { original, url: URL.createObjectURL(original) } : { original: null }),
        ),
    ])
  }

  #know(id: string, more: Partial<Shown>): void {
    if (this.#shown?.id === id) {
      this.#shown = { ...this.#shown, ...more }
      this.requestUpdate()
    } else if (more.url) {
      URL.revokeObjectURL(more.url)
    }
  }

  #place(): number {
    return state().results?.hits.findIndex(hit => hit?.id === state().view) ?? -1
  }

  /** The neighbour in the results; undefined at their ends and until its page has arrived. */
  #neighbour(step: 1 | -1): string | undefined {
    const place = this.#place()
    return place < 0 ? undefined : state().results?.hits[place + step]?.id
  }

  #turn(step: 1 | -1): void {
    const id = this.#neighbour(step)
    if (id === undefined) return
    showView(id)
    const place = this.#place()
    need(Math.max(0, place - 10), place + 10)
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'ArrowRight') this.#turn(1)
    else if (event.key === 'ArrowLeft') this.#turn(-1)
    else return
    event.preventDefault()
  }

  #down(event: PointerEvent): void {
    this.#from = event.pointerType === 'touch' && event.isPrimary ? { x: event.clientX, y: event.clientY } : undefined
  }

  #up(event: PointerEvent): void {
    if (!this.#from) return
    const across = event.clientX - this.#from.x
    const along = event.clientY - this.#from.y
    this.#from = undefined
    if (Math.abs(across) > swipe && Math.abs(across) > 2 * Math.abs(along)) this.#turn(across < 0 ? 1 : -1)
  }

  /** Esc goes back as the browser's Back does, so that the address follows. */
  #cancel(event: Event): void {
    event.preventDefault()
    closeView()
  }

  #openOriginal(): void {
    const { original, undrawable, record } = this.#shown ?? {}
    if (!original) {
      const address = addressOf(record)
      if (address) open(address, '_blank', 'noopener')
    } else if (undrawable) save(original, nameOf(state().view ?? ''))
    else open(URL.createObjectURL(original), '_blank', 'noopener')
  }

  override render() {
    const { view } = state()
    if (view === undefined) return nothing
    const shown: Shown = this.#shown?.id === view ? this.#shown : { id: view }
    const name = nameOf(view)
    const thumb = thumbnail(view)
    // What a page may not read it may still show, where the picture is at an address of its own.
    const original = shown.url ?? (shown.original === null ? addressOf(shown.record) : undefined)
    const url = original && !shown.undrawable ? original : thumb
    return html`<dialog aria-label=${`${words.view}: ${name}`} @cancel=${this.#cancel} @keydown=${this.#key}>
      <div class="layout">
        <div class="stage" @pointerdown=${this.#down} @pointerup=${this.#up}>
          ${
            url && (shown.record || shown.gone)
              ? html`<img
                src=${url}
                alt=${name}
                width=${ifDefined(shown.record?.width)}
                height=${ifDefined(shown.record?.height)}
                draggable="false"
                @error=${() => url === original && this.#know(view, { undrawable: true })}
              />`
              : nothing
          }
          <button class="away" aria-label=${words.close} title=${words.close} @click=${closeView}>${cross}</button>
          <button
            class="turn previous"
            aria-label=${words.previous}
            ?hidden=${!this.#neighbour(-1)}
            @click=${() => this.#turn(-1)}
          >
            ${left}
          </button>
          <button class="turn next" aria-label=${words.next} ?hidden=${!this.#neighbour(1)} @click=${() => this.#turn(1)}>
            ${right}
          </button>
        </div>
        ${this.#details(shown, name)}
      </div>
    </dialog>`
  }

  #details(shown: Shown, name: string) {
    const { record } = shown
    const hit = state().results?.hits[this.#place()]
    const why = shown.gone
      ? words.gone
      : shown.undrawable
        ? words.thumbnailUnshown
        : shown.original === null && addressOf(shown.record) === undefined
          ? thumbnail(shown.id) === ''
            ? words.pictureless
            : words.thumbnailOnly
          : undefined
    return html`<aside>
      <h2 tabindex="-1">${name}</h2>
      ${why ? html`<p class="why" role="status">${why}</p>` : nothing}
      <div class="actions">
        <button class="main" ?disabled=${shown.gone} @click=${() => askLike(shown.id)}>
          ${similar}${words.moreLikeThis}
        </button>
        <button ?disabled=${!shown.original && !addressOf(record)} @click=${this.#openOriginal}>${words.openOriginal}</button>
      </div>
      ${
        record
          ? html`<dl aria-label=${words.details}>
            ${[
              [words.folder, [record.source, folderOf(record.path)].filter(Boolean).join('/')],
              // Of pictures that came to a server as vectors not all of this is known.
              record.width === undefined ? undefined : [words.dimensions, `${record.width} × ${record.height}`],
              record.size === undefined ? undefined : [words.size, bytes(record.size)],
              record.type === undefined ? undefined : [words.type, record.type.replace('image/', '').toUpperCase()],
              record.modified === undefined ? undefined : [words.date, date(record.modified)],
              hit && state().results?.scored ? [words.scoreLabel, score(hit.score)] : undefined,
            ].map(line => line && html`<dt>${line[0]}</dt><dd>${line[1]}</dd>`)}
          </dl>`
          : nothing
      }
    </aside>`
  }
}

/** Where a picture is that has an address of its own. One that is not http is not followed, whoever wrote it. */
function addressOf(record: Partial<SiteRecord> | undefined): string | undefined {
  return /^https?:/i.test(record?.url ?? '') ? record?.url : undefined
}
