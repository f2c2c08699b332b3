/** How buttons and the search field look, in the element as in the page. Colours are custom properties of whoever uses them. */
import { css } from 'lit'

export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  button,
  input {
    font: inherit;
    color: inherit;
  }

  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 36px;
    padding: 0 14px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--paper);
    cursor: pointer;
  }

  button:hover {
    background: var(--wash);
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
`

export const searchField = css`
  form {
    display: flex;
    align-items: center;
    height: 48px;
    margin: 0;
    padding: 0 6px 0 14px;
    border: 1px solid var(--line);
    border-radius: 12px;
    background: var(--wash);
  }

  form:focus-within {
    border-color: var(--accent);
    background: var(--paper);
    box-shadow: 0 0 0 1px var(--accent);
  }

  form > svg {
    color: var(--soft);
  }

  input[type='search'] {
    flex: 1;
    min-width: 0;
    height: 100%;
    margin: 0;
    padding: 0 10px;
    border: 0;
    outline: 0;
    background: none;
    /* Smaller, and phones zoom in when it is touched. */
    font-size: 16px;
    appearance: none;
  }

  input::-webkit-search-cancel-button {
    display: none;
  }

  input::placeholder {
    color: var(--soft);
    opacity: 1;
  }
`
