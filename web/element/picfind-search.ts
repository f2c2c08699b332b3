import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import { live } from 'lit/directives/live.js'
import { readQuery, writeQuery } from './address.ts'
import { Bundle } from './bundle.ts'
import type { PicfindOpen, PicfindResults } from './events.ts'
import { bytes } from './format.ts'
import { camera, cross, lens } from './icons.ts'
import { offer } from './offer.ts'
import { textOf } from './picture-links.ts'
import { resultGrid } from './results.ts'
import { type Asked, isEmpty, needsFull, type Result, Searcher } from './searcher.ts'
import { styles } from './styles.ts'
import { type Words, wordsIn } from './words/words.ts'

/** Milliseconds of quiet after a letter before it is searched for. */
const quiet = 80

/** The bundle that this code is part of: it lies in its `code/<hash>/`. */
const ownBundle = new URL(/* @vite-ignore */ '../../', import.meta.url)

/** Search in a bundle's pictures. Attributes, slots, parts and events: web/element/README.md. */
export class PicfindSearch extends LitElement {
  static override styles = styles

  /** Folder of the bundle, relative to the page; without it the one this code comes from. */
  @property() bundle: string | undefined
  /** Columns of the grid; as many as fit if not said. */
  @property({ type: Number }) columns: number | undefined
  /** `en` or `zh`; the page's own if not said. */
  @property() language: string | undefined
  @property() placeholder: string | undefined
  /** Address of a model.json for full search in place of the bundle's own; `none` for quick answers only. */
  @property() model: string | undefined
  /** Search in a dialog, which a button and Ctrl-K or ⌘K open. */
  @property({ type: Boolean }) modal = false
  /** The address's parameter that the words are read from and written to: `q` if it has no value. */
  @property({ attribute: 'sync-url' }) syncUrl: string | undefined

  @query('input[type=search]') private field!: HTMLInputElement
  @query('input[type=file]') private file!: HTMLInputElement
  @query('dialog') private dialog!: HTMLDialogElement | null
  @state() private dragged = false

  readonly #searcher = new Searcher(
    () => this.#bundle,
    () => this.requestUpdate(),
  )
  #shown: unknown
  #watched: Bundle | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** An input method is at work: what is in the field is not words yet. */
  #composing = false

  get #bundle(): Bundle {
    const url = this.bundle === undefined ? ownBundle : new URL(this.bundle.replace(/\/?$/, '/'), document.baseURI)
    const own = this.model === undefined || this.model === 'none'
    const model = own ? this.model : new URL(this.model!, document.baseURI).href
    const bundle = Bundle.at(url, model)
    if (bundle !== this.#watched) {
      this.#watched?.removeEventListener('change', this.#bundleChanged)
      this.#watched = bundle
      this.#hadFull = bundle.full !== undefined
      if (this.isConnected) bundle.addEventListener('change', this.#bundleChanged)
    }
    return bundle
  }

  #hadFull = false

  /** Full search is there, or has more of its vectors: what was answered by less is asked again. */
  #bundleChanged = () => {
    const hasFull = this.#watched?.full !== undefined
    if (hasFull && !this.#hadFull) void this.#searcher.again()
    else this.#searcher.renew()
    this.#hadFull = hasFull
    this.requestUpdate()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#bundle.addEventListener('change', this.#bundleChanged)
    addEventListener('popstate', this.#readAddress)
    addEventListener('keydown', this.#shortcut)
    this.addEventListener('dragover', this.#drag)
    this.addEventListener('dragleave', this.#dragLeave)
    this.addEventListener('drop', this.#drop)
    this.#readAddress()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#watched?.removeEventListener('change', this.#bundleChanged)
    this.#watched = undefined
    removeEventListener('popstate', this.#readAddress)
    removeEventListener('keydown', this.#shortcut)
    clearTimeout(this.#timer)
  }

  /** Searches for words, as if they had been typed. */
  search(words: string): void {
    this.#ask({ kind: 'words', words })
  }

  /** Opens the dialog of the modal variant. */
  show(): void {
    const { dialog } = this
    if (!dialog || dialog.open) return
    dialog.showModal()
    this.field.focus()
    this.field.select()
  }

  close(): void {
    this.dialog?.close()
  }

  get #parameter(): string | undefined {
    return this.syncUrl === undefined ? undefined : this.syncUrl || 'q'
  }

  #readAddress = () => {
    if (this.#parameter === undefined) return
    const words = readQuery(this.#parameter)
    const { asked } = this.#searcher
    if (asked.kind === 'words' && asked.words === words) return
    void this.#searcher.ask({ kind: 'words', words })
  }

  #ask(asked: Asked): void {
    this.#stopTimer()
    void this.#searcher.ask(asked)
    if (this.#parameter !== undefined) writeQuery(this.#parameter, asked.kind === 'words' ? asked.words.trim() : '')
  }

  #searchPicture(picture: File): void {
    this.#ask({ kind: 'picture', picture })
    void this.#bundle.loadFull()
  }

  #shortcut = (event: KeyboardEvent) => {
    if (!this.modal || event.defaultPrevented || event.key.toLowerCase() !== 'k') return
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    event.preventDefault()
    if (this.dialog?.open) this.close()
    else this.show()
  }

  #typed(): void {
    this.#stopTimer()
    if (!this.#composing) this.#timer = setTimeout(() => this.#searchTyped(), quiet)
  }

  #composes(composing: boolean): void {
    this.#composing = composing
    this.#typed()
  }

  #searchTyped(): void {
    this.#stopTimer()
    const { asked } = this.#searcher
    if (this.#composing || (asked.kind === 'words' && asked.words === this.field.value)) return
    this.#ask({ kind: 'words', words: this.field.value })
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #submit(event: Event): void {
    event.preventDefault()
    this.#searchTyped()
  }

  #clear(): void {
    this.field.value = ''
    this.#ask({ kind: 'words', words: '' })
    this.field.focus()
  }

  #fieldKey(event: KeyboardEvent): void {
    if (event.isComposing) return
    const { asked } = this.#searcher
    if (event.key === 'ArrowDown') {
      event.preventDefault()
      this.renderRoot.querySelector<HTMLElement>('li a')?.focus()
    } else if (event.key === 'Escape' && this.modal) {
      // A search field would only be emptied.
      event.preventDefault()
      this.close()
    } else if (event.key === 'Escape' && (!isEmpty(asked) || this.field.value)) {
      event.preventDefault()
      this.#clear()
    } else if (event.key === 'Backspace' && this.field.value === '' && asked.kind !== 'words') {
      this.#clear()
    }
  }

  /** Arrow keys go from picture to picture as they lie; Tab goes through all there is. */
  #gridKey(event: KeyboardEvent): void {
    const links = [...this.renderRoot.querySelectorAll<HTMLElement>('li a')]
    const place = links.findIndex(link => link.parentElement?.contains(event.target as Node))
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return
    const top = links[0]!.offsetTop
    const columns = links.filter(link => link.offsetTop === top).length
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    if (event.key === 'ArrowUp' && place < columns) this.field.focus()
    else links[place + step]?.focus()
  }

  #drag = (event: DragEvent) => {
    if (!this.#bundle.takesPictures || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this.dragged = true
  }

  #dragLeave = (event: DragEvent) => {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.dragged = false
  }

  #drop = (event: DragEvent) => {
    const picture = event.dataTransfer?.files[0]
    if (!this.dragged || !picture) return
    event.preventDefault()
    this.dragged = false
    this.#searchPicture(picture)
  }

  #picked(): void {
    const picture = this.file.files?.[0]
    if (picture) this.#searchPicture(picture)
    this.file.value = ''
  }

  #open(event: MouseEvent, { record, score, url }: Result): void {
    const options = { detail: { record, score, url }, bubbles: true, composed: true, cancelable: true }
    if (!this.dispatchEvent(new CustomEvent('picfind-open', options) satisfies PicfindOpen)) event.preventDefault()
  }

  #like({ record, row }: Result): void {
    this.#ask({ kind: 'like', record, row, opened: this.#searcher.opened })
    this.field.value = ''
    this.field.focus()
  }

  override updated(): void {
    const { answer } = this.#searcher
    if (!answer || answer === this.#shown) return
    this.#shown = answer
    const { asked, kind, partial } = answer
    const query =
      asked.kind === 'words'
        ? { words: asked.words.trim() }
        : asked.kind === 'like'
          ? { like: asked.record.id }
          : { picture: asked.picture }
    const results = answer.results.map(({ record, score, url }) => ({ record, score, url }))
    const detail = { query, results, answer: kind, partial }
    const event: PicfindResults = new CustomEvent('picfind-results', { detail, bubbles: true, composed: true })
    this.dispatchEvent(event)
  }

  get #language(): { language: string; words: Words } {
    if (this.language) return wordsIn([this.language])
    const page = this.closest('[lang]')?.getAttribute('lang')
    return wordsIn(page ? [page] : navigator.languages)
  }

  override render(): TemplateResult {
    const { language, words } = this.#language
    const body = html`${this.#status(words)}
      ${offer(this.#bundle, this.#searcher, words, language, () => void this.#searcher.again())}
      ${this.#results(words)}`
    if (!this.modal) {
      return html`<div class="root" part="root" lang=${language}>
        ${this.#form(words, language)}${body}${this.#dropZone(words, language)}
      </div>`
    }
    return html`<div class="root" part="root" lang=${language}>
      <slot name="button" @click=${() => this.show()}>
        <button type="button" part="button" aria-haspopup="dialog">${lens} ${words.search} <kbd>${shortcutName}</kbd></button>
      </slot>
      <dialog part="dialog" aria-label=${words.search} @click=${this.#backdrop}>
        <div class="bar">
          ${this.#form(words, language)}
          <button type="button" part="close" class="bare" aria-label=${words.close} title=${words.close} @click=${this.close}>
            ${cross}
          </button>
        </div>
        <div class="within">${body}</div>
        ${this.#dropZone(words, language)}
      </dialog>
    </div>`
  }

  #backdrop(event: Event): void {
    if (event.target === event.currentTarget) this.close()
  }

  #form(words: Words, language: string): TemplateResult {
    const { asked } = this.#searcher
    const text = asked.kind === 'words' ? asked.words : ''
    // What is being typed is newer than what was asked until the timer has run.
    const shown = this.#composing || this.#timer ? this.field.value : text
    const { full, missing, takesPictures } = this.#bundle
    const pick = full || !missing ? words.pickPicture : words.pickPictureSize(bytes(missing, language))
    return html`<form part="form" role="search" @submit=${this.#submit}>
      ${lens}
      ${asked.kind === 'words' ? nothing : html`<span part="asked" class="asked">${queryName(asked, words)}</span>`}
      <input
        part="input"
        type="search"
        .value=${live(shown)}
        placeholder=${asked.kind === 'words' ? (this.placeholder ?? words.placeholder) : ''}
        aria-label=${words.search}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        enterkeyhint="search"
        @focus=${() => void this.#searcher.warm()}
        @input=${this.#typed}
        @compositionstart=${() => this.#composes(true)}
        @compositionend=${() => this.#composes(false)}
        @keydown=${this.#fieldKey}
      />
      <button
        type="button"
        part="clear"
        class="bare"
        aria-label=${words.clear}
        title=${words.clear}
        ?hidden=${isEmpty(asked)}
        @click=${this.#clear}
      >
        ${cross}
      </button>
      <button
        type="button"
        part="pick"
        class="bare"
        aria-label=${pick}
        title=${pick}
        ?hidden=${!takesPictures}
        @click=${() => this.file.click()}
      >
        ${camera}
      </button>
      <input type="file" accept="image/*" hidden @change=${this.#picked} />
    </form>`
  }

  #status(words: Words): TemplateResult {
    const { answer, busy } = this.#searcher
    const said = !answer
      ? busy
        ? words.searching
        : ''
      : answer.results.length > 0
        ? words.resultsFor(queryName(answer.asked, words), answer.results.length)
        : this.#waitsForFull
          ? ''
          : words.noneFor(queryName(answer.asked, words))
    const refining = answer?.refining ? ` ${words.refining}` : ''
    return html`<div part="status" class="status" role="status" ?hidden=${!answer && !busy}>${said}${refining}</div>`
  }

  /** The answer is empty only because it is full search's to give. */
  get #waitsForFull(): boolean {
    const { answer, opened } = this.#searcher
    return answer?.kind === 'quick' && opened !== undefined && needsFull(answer.asked, opened)
  }

  #results(words: Words): TemplateResult {
    const { answer, damaged } = this.#searcher
    if (!answer) return html`<slot></slot>`
    const actions = {
      open: (event: MouseEvent, result: Result) => this.#open(event, result),
      like: (result: Result) => this.#like(result),
      seen: (result: Result) => void this.#searcher.checkThumbnail(result),
    }
    const none = answer.results.length === 0 && !this.#waitsForFull
    return html`<div @keydown=${this.#gridKey}>
      ${none ? html`<slot name="none"></slot>` : resultGrid(answer.results, words, this.columns, damaged, actions)}
      <div class="further" ?hidden=${!answer.more}>
        <button type="button" part="more" @click=${() => void this.#searcher.more()}>${words.more}</button>
      </div>
    </div>`
  }

  #dropZone(words: Words, language: string): TemplateResult | typeof nothing {
    if (!this.dragged) return nothing
    const { full, missing } = this.#bundle
    return html`<div part="drop" class="drop">
      ${full || !missing ? words.dropPicture : words.dropPictureSize(bytes(missing, language))}
    </div>`
  }

  override willUpdate(): void {
    // Through the object model: pages may forbid style attributes.
    if (this.columns) this.style.setProperty('--picfind-columns', String(this.columns))
    else this.style.removeProperty('--picfind-columns')
  }
}

const shortcutName = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘K' : 'Ctrl K'

function queryName(asked: Asked, words: Words): string {
  if (asked.kind === 'words') return words.quoted(asked.words.trim())
  return words.like(asked.kind === 'like' ? textOf(asked.record) : asked.picture.name || words.yourPicture)
}

declare global {
  interface HTMLElementTagNameMap {
    'picfind-search': PicfindSearch
  }
}
