import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import type { ModelManifest } from '../../engine/models.ts'
import { downloadSize, startLibraryWith } from '../models.ts'
import { state, update, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { bytes } from '../words/format.ts'
import { words } from '../words/words.ts'
import './modal-dialog.ts'

/** The models there are: which one is in use, what each is good and weak at, what it costs. */
@customElement('model-panel')
export class ModelPanel extends LitElement {
  static override styles = [
    base,
    css`
      ul {
        margin: 16px 0 0;
        padding: 0;
        list-style: none;
      }

      li {
        display: grid;
        gap: 6px;
        padding: 16px 0;
        border-top: 1px solid var(--line);
      }

      h3 {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
        font-size: 1rem;
        font-weight: 600;
      }

      .badge {
        padding: 1px 8px;
        border-radius: 999px;
        background: var(--accent-wash);
        color: var(--accent);
        font-size: 12px;
        font-weight: 500;
      }

      .terms {
        color: var(--warning);
      }

      li button {
        justify-self: start;
        margin-top: 6px;
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  #close = () => update({ panel: undefined })

  #use(model: ModelManifest): void {
    this.#close()
    void startLibraryWith(model)
  }

  override render() {
    return html`<modal-dialog heading=${words.modelTitle} @close=${this.#close}>
      <p class="soft">${words.modelText} ${words.modelSwitchText}</p>
      <ul>
        ${state().models.map((model, i) => this.#model(model, i === 1))}
      </ul>
    </modal-dialog>`
  }

  #model(model: ModelManifest, suggested: boolean) {
    const inUse = model.id === state().info?.model
    const size = downloadSize(model)
    const cost = size === 0 ? words.modelHere : words.modelSize(size === undefined ? '?' : bytes(size))
    const { licence } = model
    return html`<li>
      <h3>
        ${model.name}
        ${inUse ? html`<span class="badge">${words.modelInUse}</span>` : nothing}
        ${suggested && !inUse ? html`<span class="badge">${words.modelSuggested}</span>` : nothing}
      </h3>
      <p>${words.modelDescription(model)}</p>
      <p class="soft">${words.modelLimits(model)}</p>
      <p class="soft small">
        ${cost} · ${words.modelLicence}:
        <a href=${licence.url} target="_blank" rel="noopener noreferrer">${licence.name}</a>
      </p>
      ${licence.commercial ? nothing : html`<p class="terms small">${licence.notice ?? words.modelNonCommercial}</p>`}
      ${
        inUse
          ? nothing
          : html`<button class=${suggested ? 'main' : ''} @click=${() => this.#use(model)}>
            ${size === 0 ? words.modelUseHere : words.modelUse}
          </button>`
      }
    </li>`
  }
}
