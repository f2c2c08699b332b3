import { css } from 'lit'

/** A list of things with what can be done to each. */
export const entries = css`
  ul {
    margin: 8px 0 18px;
    padding: 0;
    border-bottom: 1px solid var(--line);
    list-style: none;
  }

  li {
    padding: 12px 0;
    border-top: 1px solid var(--line);
  }

  .name {
    display: flex;
    justify-content: space-between;
    gap: 16px;
    overflow-wrap: anywhere;
  }

  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 18px;
    margin-top: 4px;
  }
`
