/** What the page shows, in one object. Actions change it through `update`; components that `Watch` it are drawn again. */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Hit, LibraryInfo, Progress } from '../engine/browser.ts'
import type { ModelManifest } from '../engine/models.ts'

/** What is being searched for. A picture lives as long as the page. */
export type Asked =
  | { kind: 'words'; words: string }
  | { kind: 'like'; id: string }
  | { kind: 'picture'; picture: Blob; name: string; url: string }

/** Hits by their place; those not asked for yet are holes. `total` counts all that scrolling can reach. */
export interface Results {
  hits: readonly (Hit | undefined)[]
  total: number
  scored: boolean
  /** A better answer to the same words is on its way. */
  refining: boolean
  tookMs: number
}

/** A library this browser has, or one on a site that it can read. `name` is its name in addresses and in the store. */
export interface LibraryEntry {
  name: string
  model?: string | undefined
  /** Where it is on a site; the person's own have none. */
  url?: string | undefined
  /** The person has opened it by its address; else a library with an address comes with the page. */
  added?: boolean
}

/** A library on its way in or out. Bytes, or pictures where a bundle for a site is written; 0 of 0 until it is known. */
export interface Transfer {
  kind: 'import' | 'export'
  library: string
  done: number
  of: number
  cancel: () => void
}

export interface Indexing {
  library: string
  source: string
  state: 'running' | 'paused' | 'done'
  progress: Progress
}

export interface Notice {
  id: number
  tone: 'plain' | 'warning'
  text: string
  action?: { label: string; run: () => void } | undefined
}

/** The dialog that is open, the large view aside. */
export type Panel =
  | { kind: 'libraries' }
  | { kind: 'address' }
  | { kind: 'token'; url: string; retry: () => Promise<void> }
  | { kind: 'export'; library: string }
  | { kind: 'transfer' }
  | { kind: 'manage' }
  | { kind: 'new-library' }
  | { kind: 'models' }
  | { kind: 'skipped' }
  | { kind: 'folder'; folder: FolderChoice }
  | { kind: 'confirm'; question: string; confirm: string; run: () => Promise<void> }
  | { kind: 'paths'; paths: string }

/** A folder about to be added, with the subfolders found in it so far. */
export interface FolderChoice {
  name: string
  subfolders: string[]
  /** Those left out so far. */
  excluded: string[]
  start: (exclude: string[]) => void
}

export interface State {
  libraries: readonly LibraryEntry[]
  /** Name of the open library; '' before the first is open. */
  library: string
  info?: LibraryInfo | undefined
  asked: Asked
  results?: Results | undefined
  /** Id of the picture in the large view. */
  view?: string | undefined
  selected: ReadonlySet<string>
  indexing?: Indexing | undefined
  notices: readonly Notice[]
  panel?: Panel | undefined
  models: readonly ModelManifest[]
  /** Of the model files being downloaded. */
  download?: { loaded: number; total: number | null } | undefined
  transfer?: Transfer | undefined
  /** Asks the browser to install the page as an app; undefined where it cannot or is. */
  install?: (() => Promise<void>) | undefined
  /** Page and model are kept for use without a network. */
  offline: boolean
}

export const nothingAsked: Asked = { kind: 'words', words: '' }

let current: State = {
  libraries: [],
  library: '',
  asked: nothingAsked,
  selected: new Set(),
  notices: [],
  models: [],
  offline: false,
}

type Listener = (state: State, before: State) => void
const listeners = new Set<Listener>()

export function state(): State {
  return current
}

export function update(change: Partial<State>): void {
  const before = current
  current = { ...current, ...change }
  for (const listener of listeners) listener(current, before)
}

export function onUpdate(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Draws a component again after each change of the state. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #stop = () => {}

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  hostConnected(): void {
    const stop = onUpdate(() => this.#host.requestUpdate())
    this.#stop = () => void stop()
  }

  hostDisconnected(): void {
    this.#stop()
  }
}

let notices = 0

/** Says something until it is dismissed; the same words are not said twice. Returns how to take it back. */
export function say(text: string, tone: Notice['tone'] = 'plain', action?: Notice['action']): () => void {
  const id = ++notices
  const others = current.notices.filter(notice => notice.text !== text)
  update({ notices: [...others, { id, tone, text, action }] })
  return () => update({ notices: current.notices.filter(notice => notice.id !== id) })
}
