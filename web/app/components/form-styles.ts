import { css } from 'lit'

/** Fields and the row of buttons under them in dialogs that ask for something. */
export const form = css`
  label {
    display: block;
    margin-top: 12px;
  }

  input:not([type]),
  input[type='text'],
  input[type='password'] {
    display: block;
    width: 100%;
    height: 42px;
    margin: 6px 0;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--paper);
    font-size: 16px;
  }

  .warning {
    color: var(--warning);
  }

  footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    gap: 8px;
    margin-top: 18px;
  }
`
