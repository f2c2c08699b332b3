/** Query and view live in the page's address: `?library=&q=&like=&view=`. Nothing here acts; navigation.ts does. */
import type { Asked, State } from './state.ts'

export interface Address {
  library?: string
  asked: Asked
  view?: string
}

/** Pictures cannot be written in an address: the history entry holds their number, and they are gone with the page. */
const pictures: Asked[] = []
/** Tells this page from itself before a reload, whose history entries are still there. */
const load = performance.timeOrigin

interface Entry {
  picture?: { load: number; number: number }
  /** The entry was made by opening the large view, so going back closes it. */
  opened?: boolean
}

export function readAddress(): Address {
  const params = new URLSearchParams(location.search)
  return {
    library: params.get('library') ?? undefined,
    asked: askedIn(params),
    view: params.get('view') ?? undefined,
  }
}

function askedIn(params: URLSearchParams): Asked {
  const { picture } = entry()
  const known = picture?.load === load ? pictures[picture.number] : undefined
  if (known) return known
  const id = params.get('like')
  return id ? { kind: 'like', id } : { kind: 'words', words: params.get('q') ?? '' }
}

/** Writes the state into the address, as a new entry of the history or in place of the present one. */
export function writeAddress(state: State, how: 'push' | 'replace', opened = false): void {
  const { asked, library, libraries, view } = state
  const params = new URLSearchParams()
  if (libraries.length > 1) params.set('library', library)
  if (asked.kind === 'words' && asked.words.trim()) params.set('q', asked.words)
  if (asked.kind === 'like') params.set('like', asked.id)
  if (view !== undefined) params.set('view', view)
  const next: Entry = { opened }
  if (asked.kind === 'picture') {
    const known = pictures.indexOf(asked)
    next.picture = { load, number: known >= 0 ? known : pictures.push(asked) - 1 }
  }
  const url = `${location.pathname}${params.size > 0 ? `?${params}` : ''}`
  if (how === 'push') history.pushState(next, '', url)
  else history.replaceState(next, '', url)
}

export function entry(): Entry {
  return (history.state as Entry | null) ?? {}
}
