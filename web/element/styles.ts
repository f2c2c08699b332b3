/**
 * How the element looks. `.root` begins from nothing, so that no rule of the page gets in; the custom properties and parts named in
 * web/element/README.md are the ways in. Sizes are in pixels, for the page may have changed what a rem is.
 */
import { css } from 'lit'
import { controls, searchField } from './field-styles.ts'

const dark = css`
  color-scheme: dark;
  --paper: var(--picfind-paper, #161615);
  --wash: var(--picfind-wash, #212120);
  --line: var(--picfind-line, #7d7a73);
  --ink: var(--picfind-ink, #ecebe7);
  --soft: var(--picfind-soft, #a5a198);
  --accent: var(--picfind-accent, #6cc7b4);
  --on-accent: var(--picfind-on-accent, #0c1f1b);
`

export const styles = css`
  :host {
    display: block;
  }

  :host([modal]) {
    display: inline-block;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  .root {
    all: initial;
    color-scheme: light;
    --paper: var(--picfind-paper, #ffffff);
    --wash: var(--picfind-wash, #f5f4f1);
    --line: var(--picfind-line, #8d897f);
    --ink: var(--picfind-ink, #1d1c1a);
    --soft: var(--picfind-soft, #625e56);
    --accent: var(--picfind-accent, #0f6a5b);
    --on-accent: var(--picfind-on-accent, #ffffff);
    display: block;
    position: relative;
    border-radius: 12px;
    background: var(--paper);
    color: var(--ink);
    font: var(
      --picfind-font,
      15px / 1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Noto Sans',
      'PingFang SC',
      'Microsoft YaHei',
      'Noto Sans CJK SC',
      sans-serif
    );
    text-align: start;
  }

  :host([theme='dark']) .root {
    ${dark}
  }

  @media (prefers-color-scheme: dark) {
    :host(:not([theme='light'])) .root {
      ${dark}
    }
  }

  ${controls}

  button.bare {
    flex: none;
    width: 36px;
    padding: 0;
    border-color: transparent;
    background: none;
    color: var(--soft);
  }

  button.bare:hover {
    color: var(--ink);
  }

  svg {
    flex: none;
    display: block;
  }

  ${searchField}

  .asked {
    max-width: 50%;
    margin-inline-start: 10px;
    padding: 4px 10px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--accent) 12%, var(--paper));
    font-size: 14px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .status {
    min-height: 23px;
    margin: 10px 2px;
    color: var(--soft);
    font-size: 13.5px;
    overflow-wrap: anywhere;
  }

  .offer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 14px;
    margin: 10px 0;
    padding: 10px 14px;
    border-radius: 10px;
    background: var(--wash);
    font-size: 13.5px;
  }

  .offer p {
    flex: 1 1 240px;
    margin: 0;
  }

  progress {
    flex: 1 1 120px;
    height: 6px;
    accent-color: var(--accent);
  }

  ul {
    display: grid;
    grid-template-columns: repeat(var(--picfind-columns, auto-fill), minmax(var(--narrowest, 150px), 1fr));
    gap: 12px;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  ul.counted {
    --narrowest: 0px;
  }

  li {
    min-width: 0;
  }

  li a {
    display: block;
    border-radius: 10px;
    background: var(--wash);
    aspect-ratio: 1;
    overflow: hidden;
    color: var(--soft);
    font-size: 12.5px;
  }

  li img {
    display: block;
    width: 100%;
    height: 100%;
    object-fit: cover;
  }

  li a:hover img {
    filter: brightness(0.95);
  }

  .caption {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 6px;
    min-height: 32px;
    color: var(--soft);
    font-size: 12.5px;
  }

  .caption span {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .caption button {
    width: 28px;
    min-height: 28px;
  }

  .caption svg {
    width: 16px;
    height: 16px;
  }

  .further {
    display: flex;
    justify-content: center;
    margin: 16px 0 4px;
  }

  .drop {
    position: absolute;
    inset: 0;
    z-index: 1;
    display: grid;
    place-items: center;
    min-height: 120px;
    padding: 16px;
    border: 2px dashed var(--accent);
    border-radius: 12px;
    background: color-mix(in srgb, var(--accent) 10%, var(--paper));
    color: var(--accent);
    font-weight: 600;
    text-align: center;
    pointer-events: none;
  }

  dialog {
    width: min(860px, calc(100vw - 24px));
    height: min(760px, calc(100dvh - 24px));
    max-width: none;
    max-height: none;
    margin: auto;
    padding: 0;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--paper);
    color: var(--ink);
    overflow: hidden auto;
    overscroll-behavior: contain;
  }

  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }

  .bar {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 12px;
    background: var(--paper);
  }

  .bar form {
    flex: 1;
    min-width: 0;
  }

  .within {
    padding: 0 14px 14px;
  }

  kbd {
    padding: 0 6px;
    border: 1px solid var(--line);
    border-radius: 5px;
    color: var(--soft);
    font: inherit;
    font-size: 12px;
  }

  @media (max-width: 480px) {
    ul {
      --narrowest: 120px;
      gap: 8px;
    }

    dialog {
      width: 100vw;
      height: 100dvh;
      border: 0;
      border-radius: 0;
    }
  }

  @media (prefers-reduced-motion: no-preference) {
    li img {
      transition: filter 0.15s;
    }
  }
`
