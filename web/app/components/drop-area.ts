import { css, html, LitElement, nothing } from 'lit'
import { customElement, state as local } from 'lit/decorators.js'
import { addDropped } from '../adding.ts'
import { folder, lens } from '../icons.ts'
import { askPicture } from '../navigation.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'

/** Takes what is dropped anywhere on the page: one picture is searched by or added, folders and several files are added. */
@customElement('drop-area')
export class DropArea extends LitElement {
  static override styles = [
    base,
    css`
      .cover {
        position: fixed;
        inset: 0;
        z-index: 10;
        display: grid;
        grid-auto-columns: 1fr;
        grid-auto-flow: column;
        gap: 16px;
        padding: 16px;
        background: color-mix(in srgb, var(--paper) 82%, transparent);
      }

      .zone {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        gap: 12px;
        border: 2px dashed var(--accent);
        border-radius: 18px;
        background: var(--accent-wash);
        color: var(--accent);
        font-size: 1.15rem;
        font-weight: 600;
        text-align: center;
      }

      .zone.over {
        border-style: solid;
      }

      .zone svg {
        width: 40px;
        height: 40px;
        pointer-events: none;
      }

      @media (max-width: 600px) {
        .cover {
          grid-auto-flow: row;
        }
      }
    `,
  ]

  /** What is being dragged over the page. */
  @local() private dragged: 'picture' | 'files' | undefined
  @local() private over: string | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('dragover', this.#drag)
    addEventListener('dragleave', this.#leave)
    addEventListener('drop', this.#drop)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('dragover', this.#drag)
    removeEventListener('dragleave', this.#leave)
    removeEventListener('drop', this.#drop)
  }

  #drag = (event: DragEvent) => {
    const items = [...(event.dataTransfer?.items ?? [])].filter(item => item.kind === 'file')
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this.dragged = items.length === 1 && items[0]?.type.startsWith('image/') ? 'picture' : 'files'
    this.over = this.#zoneOf(event)
  }

  /** Only when the pointer leaves the window, not on the way from one element to the next. */
  #leave = (event: DragEvent) => {
    if (event.relatedTarget === null) this.dragged = undefined
  }

  #drop = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    const picture = event.dataTransfer.files[0]
    const add = this.dragged !== 'picture' || this.#zoneOf(event) === 'add'
    this.dragged = undefined
    if (add) void addDropped(event.dataTransfer)
    else if (picture) askPicture(picture, picture.name)
  }

  #zoneOf(event: DragEvent): string | undefined {
    const path = event.composedPath()
    return path.find((target): target is HTMLElement => target instanceof HTMLElement && 'zone' in target.dataset)
      ?.dataset.zone
  }

  override render() {
    if (!this.dragged) return nothing
    return html`<div class="cover">
      ${this.dragged === 'picture' ? this.#zone('search', words.dropSearch) : nothing}
      ${this.#zone('add', words.dropAdd)}
    </div>`
  }

  #zone(zone: 'search' | 'add', label: string) {
    return html`<div class="zone ${this.over === zone ? 'over' : ''}" data-zone=${zone}>
      ${zone === 'search' ? lens : folder}${label}
    </div>`
  }
}
