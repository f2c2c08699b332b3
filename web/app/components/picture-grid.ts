import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { ifDefined } from 'lit/directives/if-defined.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Hit } from '../../engine/browser.ts'
import { similar, tick } from '../icons.ts'
import { askLike, showView } from '../navigation.ts'
import { need } from '../searching.ts'
import { clearSelection, selectTo, toggleSelected } from '../selection.ts'
import { state, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { arrivals, thumbnail, wantThumbnails } from '../thumbnails.ts'
import { nameOf, score } from '../words/format.ts'
import { words } from '../words/words.ts'

/** Height of the line under a picture, pixels. */
const captionHeight = 30
/** Rows drawn beyond either edge of the window. */
const spareRows = 2
/** Milliseconds a finger rests on a picture to select it. */
const longPress = 450

/** How many columns of which width fit, all numbers in pixels. */
export function columnsFor(width: number): { columns: number; gap: number; cell: number } {
  const gap = width < 600 ? 10 : 16
  const narrowest = width < 600 ? 140 : 170
  const columns = Math.max(2, Math.floor((width + gap) / (narrowest + gap)))
  return { columns, gap, cell: (width - gap * (columns - 1)) / columns }
}

/**
 * The results as a grid of squares. Only the rows in sight and a few more are in the document; the place of the others is kept by
 * the height of the whole, so the page scrolls as if all were there.
 */
@customElement('picture-grid')
export class PictureGrid extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }

      .whole {
        position: relative;
        height: var(--height);
      }

      .whole:focus {
        outline: 0;
      }

      .window {
        position: absolute;
        inset: 0 0 auto;
        transform: translateY(var(--top));
        display: grid;
        gap: var(--gap);
      }

      [role='row'] {
        display: grid;
        grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
        gap: var(--gap);
      }

      [role='gridcell'] {
        position: relative;
      }

      .picture {
        display: block;
        width: 100%;
        height: var(--cell);
        padding: 0;
        border: 0;
        border-radius: var(--round);
        background: var(--wash);
        overflow: hidden;
        touch-action: manipulation;
        -webkit-touch-callout: none;
      }

      .picture img {
        display: block;
        width: 100%;
        height: 100%;
        object-fit: cover;
        transition: transform 0.15s;
      }

      .picture:hover img {
        filter: brightness(0.96);
      }

      [aria-selected='true'] .picture {
        outline: 3px solid var(--accent);
        outline-offset: -3px;
      }

      [aria-selected='true'] .picture img {
        transform: scale(0.9);
        border-radius: 6px;
      }

      .picture:focus-visible {
        outline: 3px solid var(--accent);
        outline-offset: 2px;
      }

      .tick {
        position: absolute;
        top: 8px;
        left: 8px;
        width: 28px;
        min-height: 28px;
        padding: 0;
        border: 0;
        border-radius: 50%;
        background: rgb(255 255 255 / 88%);
        color: transparent;
        box-shadow: 0 0 0 1px rgb(0 0 0 / 22%);
        opacity: 0;
      }

      .tick:hover {
        background: #fff;
        color: #777;
      }

      .tick svg {
        width: 18px;
      }

      [role='gridcell']:hover .tick,
      [role='gridcell']:has(:focus-visible) .tick,
      .selecting .tick {
        opacity: 1;
      }

      [aria-selected='true'] .tick {
        background: var(--accent);
        color: var(--on-accent);
        opacity: 1;
      }

      @media (hover: none) {
        .whole:not(.selecting) .tick {
          display: none;
        }
      }

      .caption {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        height: ${captionHeight}px;
        color: var(--soft);
        font-size: 12.5px;
      }

      .more {
        min-width: 0;
        min-height: 26px;
        padding: 0 4px;
        border: 0;
        background: none;
        margin-inline-start: -4px;
        gap: 4px;
        color: inherit;
      }

      .more:hover {
        background: none;
        color: var(--accent);
      }

      .more svg {
        width: 15px;
        height: 15px;
      }

      .more span {
        overflow: hidden;
        text-overflow: ellipsis;
      }
    `,
  ]

  /** The place that has the keyboard; others are left out of the Tab order. */
  #active = 0
  /** The keyboard is to go to the active place once its picture has arrived; the grid itself holds it until then. */
  #awaited = false
  /** The one cell that Tab reaches: the active one, or the first in sight while that is not drawn. */
  #tabStop = 0
  #width = 0
  /** Rows in the document: from the first to before the last. */
  #first = 0
  #last = 0
  #resize = new ResizeObserver(([entry]) => {
    this.#width = entry?.contentRect.width ?? 0
    this.requestUpdate()
  })
  #press: ReturnType<typeof setTimeout> | undefined
  /** The click that ends a long press is not one. */
  #pressed = false

  constructor() {
    super()
    new Watch(this)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#resize.observe(this)
    addEventListener('scroll', this.#scrolled, { passive: true })
    addEventListener('resize', this.#redraw)
    arrivals.addEventListener('arrival', this.#redraw)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#resize.disconnect()
    removeEventListener('scroll', this.#scrolled)
    removeEventListener('resize', this.#redraw)
    arrivals.removeEventListener('arrival', this.#redraw)
  }

  #redraw = () => this.requestUpdate()

  #scrolled = () => {
    const { first, last } = this.#layout()
    if (first !== this.#first || last !== this.#last) this.requestUpdate()
  }

  #layout() {
    const total = state().results?.total ?? 0
    const { columns, gap, cell } = columnsFor(this.#width)
    const rowHeight = cell + captionHeight + gap
    const rows = Math.ceil(total / columns)
    const above = Math.max(0, -this.getBoundingClientRect().top)
    const first = Math.max(0, Math.floor(above / rowHeight) - spareRows)
    const last = Math.min(rows, Math.ceil((above + innerHeight) / rowHeight) + spareRows)
    const inSight = Math.ceil(above / rowHeight) * columns
    return { total, columns, gap, cell, rowHeight, rows, first: Math.min(first, rows), last, inSight }
  }

  override updated(): void {
    if (this.#width === 0) return
    if (this.#awaited) this.#takeKeyboard()
    const { columns, first, last, total } = this.#layout()
    const end = Math.min(total, last * columns)
    if (end === 0) return
    need(first * columns, end - 1)
    const hits = state().results?.hits.slice(first * columns, end) ?? []
    wantThumbnails(hits.flatMap(hit => hit?.id ?? []))
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { columns, total, rowHeight } = this.#layout()
    const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 1) * columns
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      PageUp: -page,
      PageDown: page,
      Home: -this.#active,
      End: total - 1 - this.#active,
    }
    const step = steps[event.key]
    if (step !== undefined) {
      event.preventDefault()
      const to = this.#active + step
      // Up from the first row and down from the last one stay.
      if (to < 0 || (to >= total && Math.abs(step) === columns)) return
      void this.focusPlace(Math.min(to, total - 1))
    } else if (event.key === ' ' && (event.target as HTMLElement).classList.contains('picture')) {
      event.preventDefault()
      if (event.shiftKey) selectTo(this.#active)
      else toggleSelected(this.#active)
    } else if (event.key === 'Escape' && state().selected.size > 0) {
      clearSelection()
    }
  }

  /** Brings a place into sight and gives it the keyboard. */
  async focusPlace(place: number): Promise<void> {
    const { columns, rowHeight, total } = this.#layout()
    if (place >= total) return
    this.#active = place
    this.#awaited = true
    const top = this.getBoundingClientRect().top + scrollY + Math.floor(place / columns) * rowHeight
    const covered = 150
    if (top - covered < scrollY) scrollTo({ top: top - covered })
    else if (top + rowHeight > scrollY + innerHeight) scrollTo({ top: top + rowHeight - innerHeight })
    this.requestUpdate()
    await this.updateComplete
  }

  #takeKeyboard(): void {
    const find = (selector: string) => this.renderRoot.querySelector<HTMLElement>(selector)
    const cell = find(`[data-place="${this.#active}"]`)
    if (cell) this.#awaited = false
    const holder = cell ?? find('.whole')
    holder?.focus({ preventScroll: true })
  }

  /** The person has turned to something else. */
  #left = () => {
    this.#awaited = false
  }

  #click(event: MouseEvent, place: number, hit: Hit): void {
    if (this.#pressed) {
      this.#pressed = false
      return
    }
    this.#active = place
    if (event.shiftKey) selectTo(place)
    else if (event.ctrlKey || event.metaKey || state().selected.size > 0) toggleSelected(place)
    else showView(hit.id)
  }

  #down(event: PointerEvent, place: number): void {
    this.#pressed = false
    if (event.pointerType !== 'touch') return
    clearTimeout(this.#press)
    const press = setTimeout(() => {
      // A busy page hears of a lifted finger late, but before it next draws.
      requestAnimationFrame(() => {
        if (this.#press !== press) return
        this.#pressed = true
        toggleSelected(place)
      })
    }, longPress)
    this.#press = press
  }

  #up = () => {
    clearTimeout(this.#press)
    this.#press = undefined
  }

  override render() {
    const { results } = state()
    if (!results || this.#width === 0) return nothing
    const { columns, gap, cell, rowHeight, rows, first, last, total, inSight } = this.#layout()
    if (this.#active >= total) this.#active = 0
    const drawnAt = (place: number) => place < last * columns && results.hits[place] !== undefined
    const reachable = this.#active >= first * columns && drawnAt(this.#active)
    this.#tabStop = reachable ? this.#active : inSight
    while (!drawnAt(this.#tabStop) && this.#tabStop < last * columns) this.#tabStop++
    this.#first = first
    this.#last = last
    this.#measure({
      columns,
      gap: `${gap}px`,
      cell: `${cell}px`,
      height: `${rows * rowHeight}px`,
      top: `${first * rowHeight}px`,
    })
    const drawn = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i)
    return html`<div
      class="whole ${state().selected.size > 0 ? 'selecting' : ''}"
      role="grid"
      aria-label=${words.results}
      aria-rowcount=${rows}
      aria-colcount=${columns}
      aria-multiselectable="true"
      tabindex="-1"
      @blur=${this.#left}
      @keydown=${this.#key}
    >
      <div class="window" role="rowgroup">
        ${repeat(
          drawn,
          row => row,
          row => html`<div role="row" aria-rowindex=${row + 1}>
            ${Array.from({ length: Math.min(columns, total - row * columns) }, (_, i) => this.#cell(row * columns + i))}
          </div>`,
        )}
      </div>
    </div>`
  }

  /** Through the object model: the page's policy forbids style attributes. */
  #measure(sizes: Record<string, string | number>): void {
    for (const [name, size] of Object.entries(sizes)) this.style.setProperty(`--${name}`, String(size))
  }

  #cell(place: number) {
    const { results, selected } = state()
    const hit = results?.hits[place]
    if (!hit) return html`<div role="gridcell"><div class="picture"></div><div class="caption"></div></div>`
    const name = nameOf(hit.path)
    const url = thumbnail(hit.id)
    const chosen = selected.has(hit.id)
    // No tab into the window's edge: the cell with the keyboard is the only way in.
    const tab = place === this.#tabStop ? 0 : -1
    return html`<div role="gridcell" aria-selected=${chosen}>
      <button
        class="picture"
        data-place=${place}
        data-id=${hit.id}
        tabindex=${tab}
        title=${`${hit.source}/${hit.path}`}
        @click=${(event: MouseEvent) => this.#click(event, place, hit)}
        @focus=${() => this.#activate(place)}
        @pointerdown=${(event: PointerEvent) => this.#down(event, place)}
        @pointerup=${this.#up}
        @pointercancel=${this.#up}
        @pointerleave=${this.#up}
        @contextmenu=${(event: Event) => this.#pressed && event.preventDefault()}
      >
        <img src=${ifDefined(url || undefined)} alt=${name} ?hidden=${!url} draggable="false" decoding="async" />
        ${url === '' ? html`<span class="soft small">${name}</span>` : nothing}
      </button>
      <button
        class="tick"
        role="checkbox"
        aria-checked=${chosen}
        aria-label=${words.select(name)}
        tabindex=${tab}
        @click=${(event: MouseEvent) => (event.shiftKey ? selectTo(place) : toggleSelected(place))}
      >
        ${tick}
      </button>
      <div class="caption">
        <button
          class="more"
          tabindex=${tab}
          aria-label=${words.moreLike(name)}
          title=${words.moreLikeThis}
          @click=${() => askLike(hit.id)}
        >
          ${similar}<span>${words.moreLikeThis}</span>
        </button>
        ${
          results.scored
            ? html`<span class="numbers" aria-label=${words.score(score(hit.score))}>${score(hit.score)}</span>`
            : nothing
        }
      </div>
    </div>`
  }

  #activate(place: number): void {
    if (this.#active === place) return
    this.#active = place
    this.requestUpdate()
  }
}
