/** Libraries that are kept in step with a server: the copy here, and what the person is asked for it. */
import type { Library, LibraryInfo } from '../engine/browser.ts'
import { savesData } from './saves-data.ts'
import { say, state, update } from './state.ts'
import { words } from './words/words.ts'

/** What was said of which library, and how to take it back. */
const said = new Map<string, () => void>()

/** Brings the copy up to date without a word; says what needs the person. `reopen`: opens the library again with another token. */
export function followServer(
  name: string,
  library: Library,
  { remote, pictures }: LibraryInfo,
  reopen: () => Promise<void>,
) {
  if (!remote) return
  // What is not kept now is kept when it is looked at.
  if (!savesData()) void library.keep().catch(() => undefined)
  const { replacement, wantsToken } = remote
  const url = urlOf(name)
  sayOf(`${name} token`, wantsToken && url !== undefined, () =>
    say(words.tokenMissing(name), 'warning', {
      label: words.tokenGive,
      run: () => update({ panel: { kind: 'token', url: url!, retry: reopen } }),
    }),
  )
  sayOf(`${name} replacement`, replacement !== undefined, () =>
    say(words.replaced(name, replacement!.pictures, pictures), 'warning', {
      label: words.replacedTake,
      run: () => void library.takeReplacement(),
    }),
  )
}

/** Where a library is that is not the person's own. */
export function urlOf(name: string): string | undefined {
  const { url } = state().libraries.find(entry => entry.name === name) ?? {}
  return url === undefined ? undefined : new URL(url, document.baseURI).href
}

function sayOf(what: string, holds: boolean, how: () => () => void): void {
  if (holds && said.has(what)) return
  said.get(what)?.()
  said.delete(what)
  if (holds) said.set(what, how())
}
