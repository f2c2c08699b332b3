/** Going somewhere on the page: another query, picture or library. Each step can be taken back with the browser's Back. */

import { PicfindError } from '../engine/browser.ts'
import { entry, readAddress, writeAddress } from './address.ts'
import { indexedLibrary } from './indexing.ts'
import { closeLibrary, lastOpened, library, openLibrary, reopenLibrary, sayError, siteLibrary } from './libraries.ts'
import { learn, refresh, search } from './searching.ts'
import { followServer, urlOf } from './shared-libraries.ts'
import { type Asked, nothingAsked, say, state, update } from './state.ts'
import { forgetThumbnails } from './thumbnails.ts'
import { nameOf } from './words/format.ts'
import { words } from './words/words.ts'

/** True while letters are added to the newest entry's words: those do not each make an entry. */
let typing = false

export function askWords(text: string): void {
  const asked = { kind: 'words', words: text } as const
  update({ asked, view: undefined, selected: new Set() })
  writeAddress(state(), typing ? 'replace' : 'push')
  typing = true
  retitle()
  void search()
}

/** The words stand as they are: the next letter begins a new entry. */
export function settle(): void {
  typing = false
}

export function ask(asked: Asked): void {
  settle()
  update({ asked, view: undefined, selected: new Set() })
  writeAddress(state(), 'push')
  retitle()
  scrollTo({ top: 0 })
  void search()
}

export function askPicture(picture: Blob, name = words.droppedPicture): void {
  ask({ kind: 'picture', picture, name, url: URL.createObjectURL(picture) })
}

export function askLike(id: string): void {
  ask({ kind: 'like', id })
}

export function showView(id: string): void {
  settle()
  const opening = state().view === undefined
  update({ view: id })
  writeAddress(state(), opening ? 'push' : 'replace', opening || entry().opened)
  retitle()
}

export function closeView(): void {
  if (state().view === undefined) return
  if (entry().opened) {
    history.back()
    return
  }
  update({ view: undefined })
  writeAddress(state(), 'replace')
  retitle()
}

/** Opens another library, showing all of it. */
export async function goToLibrary(name: string): Promise<void> {
  settle()
  if (await show(name, nothingAsked)) writeAddress(state(), 'push')
}

/** Leaves a library that another tab has removed. */
export async function leaveMissingLibrary(): Promise<void> {
  const { libraries, library } = state()
  if (!library || libraries.some(entry => entry.name === library)) return
  say(words.libraryGone(library), 'warning')
  await goToLibrary(siteLibrary())
}

/** Name of the library that the page begins with, if there is one of that name; '' at the first visit. */
export function wantedLibrary(): string {
  return readAddress().library ?? lastOpened.get()
}

/** The page as its address says; a library that is gone gives way to another. */
export async function followAddress(): Promise<void> {
  settle()
  const { asked, view, ...address } = readAddress()
  const { libraries } = state()
  const wanted = wantedLibrary()
  const { name } = libraries.find(({ name }) => name === wanted) ??
    libraries.find(({ url }) => url === undefined) ?? { name: siteLibrary() }
  if (address.library && name !== address.library) say(words.libraryGone(address.library), 'warning')
  if (name !== state().library) {
    await show(name, asked, view)
    if (address.library !== name) writeAddress(state(), 'replace')
    return
  }
  const again = asked !== state().asked && JSON.stringify(asked) !== JSON.stringify(state().asked)
  update({ asked, view })
  retitle()
  if (again) await search()
}

async function show(name: string, asked: Asked, view?: string): Promise<boolean> {
  const before = state().library
  try {
    const opening = library(name)
    forgetThumbnails()
    update({ library: name, info: undefined, results: undefined, asked, view, selected: new Set() })
    retitle()
    if (before && before !== name && before !== indexedLibrary()) void closeLibrary(before)
    const opened = await opening
    // The next visit begins where the person is, not with what took longer to open.
    if (state().library === name) lastOpened.set(name)
    // The counts of a library are asked for after the answer: reading every record takes longer.
    await search()
    const info = await opened.info()
    if (state().library === name) learn(info)
    followServer(name, opened, info, () => showAgain(name))
    return true
  } catch (error) {
    if (state().library !== name) return false
    update({ results: { hits: [], total: 0, scored: false, refining: false, tookMs: 0 } })
    const url = urlOf(name)
    if (error instanceof PicfindError && error.code === 'token' && url !== undefined) {
      update({ panel: { kind: 'token', url, retry: () => showAgain(name) } })
    } else {
      sayError(error)
    }
    return false
  }
}

/** As it is now to be opened: with another token, searched in another place. What is asked stays. */
export async function showAgain(name: string): Promise<void> {
  const { asked, view } = state()
  await reopenLibrary(name).catch(() => undefined)
  await show(name, asked, view)
}

/** Another manifest of a library is in use, written here or in another tab. */
export async function libraryChanged(name: string): Promise<void> {
  const opened = await openLibrary()
  if (state().library !== name || !opened) return
  const info = await opened.info()
  learn(info)
  followServer(name, opened, info, () => showAgain(name))
  await refresh()
}

function retitle(): void {
  const { asked, view } = state()
  const subject = view ? nameOf(view) : titleOfAsked(asked)
  document.title = subject ? `${subject} – Picfind` : 'Picfind'
}

function titleOfAsked(asked: Asked): string {
  if (asked.kind === 'words') return asked.words.trim()
  return words.likeThis(asked.kind === 'like' ? nameOf(asked.id) : asked.name)
}
