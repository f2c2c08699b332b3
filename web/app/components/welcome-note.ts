import { css, html, LitElement, nothing } from 'lit'
import { customElement } from 'lit/decorators.js'
import { pickFolder, pickPictures } from '../adding.ts'
import { folder, picture } from '../icons.ts'
import { askWords, settle } from '../navigation.ts'
import { state, Watch } from '../state.ts'
import { base } from '../styles.ts'
import { words } from '../words/words.ts'

/** Says on the first visit what this is and invites the person to add their own pictures. */
@customElement('welcome-note')
export class WelcomeNote extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        max-width: 660px;
        padding: clamp(16px, 4vh, 44px) 0 clamp(20px, 4vh, 40px);
      }

      h1 {
        font-size: clamp(1.6rem, 4vw, 2.3rem);
        font-weight: 650;
        letter-spacing: -0.02em;
        line-height: 1.15;
        text-wrap: balance;
      }

      .text {
        margin: 12px 0 18px;
        color: var(--soft);
        font-size: 1.05rem;
        text-wrap: pretty;
      }

      div {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }

      .try {
        gap: 4px 14px;
        margin-top: 20px;
        color: var(--soft);
      }
    `,
  ]

  constructor() {
    super()
    new Watch(this)
  }

  #try(example: string): void {
    askWords(example)
    settle()
  }

  override render() {
    // None in a library that a server has yet to fill, or shows to those with a token.
    const pictures = state().info?.pictures ?? 0
    return html`<h1>${words.welcome}</h1>
      <p class="text">${pictures > 0 ? words.welcomeText(pictures) : words.welcomeEmpty}</p>
      <div>
        <button class="main" @click=${() => void pickFolder()}>${folder}${words.addFolder}</button>
        <button @click=${pickPictures}>${picture}${words.addPictures}</button>
      </div>
      ${
        pictures > 0
          ? html`<div class="try">
              ${words.tryWords}
              ${words.examples.map(
                example => html`<button class="link" @click=${() => this.#try(example)}>${example}</button>`,
              )}
            </div>`
          : nothing
      }`
  }
}
