/** What all components share: buttons, fields and the text only screen readers get. */
import { css } from 'lit'
import { controls } from '../element/field-styles.ts'

export const base = css`
  ${controls}

  [hidden] {
    display: none !important;
  }

  select {
    font: inherit;
    color: inherit;
  }

  button {
    white-space: nowrap;
  }

  button:disabled {
    opacity: 0.5;
    cursor: default;
  }

  button.main {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }

  button.main:hover {
    filter: brightness(1.08);
  }

  button.bare {
    border-color: transparent;
    background: none;
  }

  button.bare:hover {
    background: var(--wash);
  }

  button.icon {
    width: 36px;
    padding: 0;
  }

  button.link {
    min-height: 0;
    padding: 0;
    border: 0;
    background: none;
    color: var(--accent);
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 3px;
    white-space: normal;
  }

  a {
    color: var(--accent);
    text-underline-offset: 3px;
  }

  h1,
  h2,
  h3,
  p {
    margin: 0;
  }

  h2 {
    font-size: 1.2rem;
    font-weight: 600;
    line-height: 1.3;
  }

  .soft {
    color: var(--soft);
  }

  .small {
    font-size: 13px;
  }

  .numbers {
    font-variant-numeric: tabular-nums;
  }

  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  svg {
    flex: none;
    display: block;
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`
