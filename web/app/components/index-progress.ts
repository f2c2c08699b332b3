import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { cross } from '../icons.ts'
import { dismissProgress, pause, resume, stop } from '../indexing.ts'
import { type Indexing, state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { duration, rate } from '../words/format.ts'
import { words } from '../words/words.ts'

/** How far adding is, with pause and resume. */
@customElement('index-progress')
export class IndexProgress extends LitElement {
  static override styles = [
    base,
    css`
      section {
        margin-bottom: 16px;
        padding: 12px 8px 12px 16px;
        border: 1px solid var(--line);
        border-radius: var(--round);
      }

      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 14px;
      }

      strong {
        font-weight: 600;
        overflow-wrap: anywhere;
      }

      .buttons {
        display: flex;
        margin-inline-start: auto;
      }

      progress {
        display: block;
        width: calc(100% - 8px);
        height: 4px;
        margin-top: 8px;
        border: 0;
        border-radius: 2px;
        background: var(--line);
        accent-color: var(--accent);
        appearance: none;
        overflow: hidden;
      }

      progress::-webkit-progress-bar {
        background: var(--line);
      }

      progress::-webkit-progress-value {
        background: var(--accent);
      }

      progress::-moz-progress-bar {
        background: var(--accent);
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  override render() {
    const { indexing } = state()
    if (!indexing) return nothing
    const { progress, state: at, source } = indexing
    const { skipped, found, done } = progress
    const listing = progress.phase === 'listing' && at === 'running'
    return html`<section aria-label=${words.indexing(source)}>
      <div class="line">
        <strong>${at === 'done' ? words.indexed(source) : words.indexing(source)}</strong>
        <span class="soft small numbers">${this.#figures(indexing)}</span>
        ${
          skipped.length > 0
            ? html`<button class="link small" @click=${() => update({ panel: { kind: 'skipped' } })}>
              ${words.skipped(skipped.length)}
            </button>`
            : nothing
        }
        <span class="buttons">${this.#buttons(indexing)}</span>
      </div>
      ${
        at === 'done'
          ? nothing
          : html`<progress
            aria-label=${words.indexing(source)}
            max=${found || 1}
            .value=${listing ? 0 : done}
          ></progress>`
      }
    </section>`
  }

  #figures({ progress, state: at }: Indexing): string {
    const { phase, found, done, picturesPerSecond, secondsLeft, indexed, unchanged, deleted } = progress
    if (at === 'done') return words.finished(indexed, unchanged, deleted)
    if (phase === 'listing' && at === 'running') return found > 0 ? words.listing(found) : words.readingFolder
    return [
      words.progress(done, found),
      at === 'paused' ? words.paused : '',
      at === 'running' && picturesPerSecond > 0 ? words.rate(rate(picturesPerSecond)) : '',
      at === 'running' && secondsLeft !== undefined ? words.left(duration(secondsLeft)) : '',
    ]
      .filter(Boolean)
      .join(' · ')
  }

  #buttons({ state: at }: Indexing) {
    if (at === 'done') {
      return html`<button class="bare icon" aria-label=${words.dismiss} @click=${dismissProgress}>${cross}</button>`
    }
    return at === 'running'
      ? html`<button class="bare" @click=${pause}>${words.pause}</button>`
      : html`<button class="bare" @click=${resume}>${words.resume}</button>
          <button class="bare" @click=${stop}>${words.stop}</button>`
  }
}
