import { css, html, LitElement, nothing } from 'lit'
import { customElement, query } from 'lit/decorators.js'
import { live } from 'lit/directives/live.js'
import { searchField } from '../../element/field-styles.ts'
import { camera, cross, lens } from '../icons.ts'
import { ask, askPicture, askWords, settle } from '../navigation.ts'
import { isEmpty } from '../searching.ts'
import { nothingAsked, state, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { thumbnail } from '../thumbnails.ts'
import { nameOf } from '../words/format.ts'
import { words } from '../words/words.ts'

/** Milliseconds of quiet after a letter before it is searched for. */
const quiet = 80

/** The one box: words, or a picture picked with the camera. Dropped and pasted pictures come through the page (drop-area, app-root). */
@customElement('search-box')
export class SearchBox extends LitElement {
  static override styles = [
    base,
    searchField,
    css`
      :host {
        display: block;
        min-width: 0;
      }

      .picture {
        display: flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
        max-width: 60%;
        height: 34px;
        margin-inline-start: 8px;
        padding-inline: 3px 10px;
        border-radius: 8px;
        background: var(--accent-wash);
        font-size: 14px;
      }

      .picture img {
        width: 28px;
        height: 28px;
        border-radius: 6px;
        object-fit: cover;
      }

      .picture span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      button {
        color: var(--soft);
      }
    `,
  ]

  @query('input[type=search]') private field!: HTMLInputElement
  @query('input[type=file]') private file!: HTMLInputElement
  #timer: ReturnType<typeof setTimeout> | undefined
  /** An input method is at work: what is in the field is not words yet. */
  #composing = false

  constructor() {
    super()
    new Watch(this)
  }

  override focus(): void {
    this.field.focus()
    this.field.select()
  }

  #typed(): void {
    this.#stopTimer()
    if (this.#composing) return
    this.#timer = setTimeout(() => this.#search(), quiet)
  }

  #composes(): void {
    this.#composing = true
    this.#stopTimer()
  }

  #composed(): void {
    this.#composing = false
    this.#typed()
  }

  #search(): void {
    this.#stopTimer()
    if (this.#composing) return
    const { asked } = state()
    if (asked.kind === 'words' && asked.words === this.field.value) return
    askWords(this.field.value)
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #submit(event: Event): void {
    event.preventDefault()
    this.#search()
    settle()
  }

  /** What was typed is asked before whatever the person turns to. */
  #left(): void {
    if (this.#timer) this.#search()
    settle()
  }

  #picked(): void {
    const picture = this.file.files?.[0]
    if (picture) askPicture(picture, picture.name)
    this.file.value = ''
  }

  #clear(): void {
    this.#stopTimer()
    this.field.value = ''
    ask(nothingAsked)
    this.field.focus()
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return
    if (event.key === 'Escape' && !isEmpty(state().asked)) this.#clear()
    else if (event.key === 'ArrowDown') this.dispatchEvent(new Event('leave'))
    else if (event.key === 'Backspace' && this.field.value === '' && state().asked.kind !== 'words') this.#clear()
  }

  override render() {
    const { asked } = state()
    const text = asked.kind === 'words' ? asked.words : ''
    // What is being typed is newer than the state until the timer has run.
    const shown = this.#composing || this.#timer ? this.field.value : text
    return html`<form role="search" @submit=${this.#submit}>
      ${lens}
      ${asked.kind === 'words' ? nothing : this.#picture()}
      <input
        type="search"
        .value=${live(shown)}
        placeholder=${asked.kind === 'words' ? (innerWidth < 520 ? words.searchHintShort : words.searchHint) : ''}
        aria-label=${words.search}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        enterkeyhint="search"
        @input=${this.#typed}
        @compositionstart=${this.#composes}
        @compositionend=${this.#composed}
        @blur=${this.#left}
        @keydown=${this.#key}
      />
      <button
        type="button"
        class="bare icon"
        aria-label=${words.clear}
        title=${words.clear}
        ?hidden=${isEmpty(asked)}
        @click=${this.#clear}
      >
        ${cross}
      </button>
      <button
        type="button"
        class="bare icon"
        aria-label=${words.pickPicture}
        title=${words.pickPicture}
        @click=${() => this.file.click()}
      >
        ${camera}
      </button>
      <input type="file" accept="image/*" hidden @change=${this.#picked} />
    </form>`
  }

  #picture() {
    const { asked } = state()
    if (asked.kind === 'words') return nothing
    const url = asked.kind === 'picture' ? asked.url : thumbnail(asked.id)
    const name = asked.kind === 'picture' ? asked.name : nameOf(asked.id)
    return html`<div class="picture">
      ${url ? html`<img src=${url} alt="" />` : nothing}
      <span>${words.likeThis(name)}</span>
    </div>`
  }
}
