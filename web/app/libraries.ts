/** The libraries of this browser: which there are, which one is open, making and removing them. */
import { http, Library, listLibraries, memory, opfs, PicfindError, reasonOf, whyNoOpfs } from '../engine/browser.ts'
import { assets } from './assets.ts'
import { ownName, storedName } from './scope.ts'
import { setting } from './settings.ts'
import { type LibraryEntry, say, state, update } from './state.ts'
import { words } from './words/words.ts'

export const starter: LibraryEntry = { name: 'starter', url: 'starter/library/' }

/** In order of making, with their models. One without pictures is only here: a store begins with the first picture. */
const known = setting<{ name: string; model: string }[]>('libraries', [])
export const lastOpened = setting<string>('library', '')

const opened = new Map<string, Promise<Library>>()
let storeless: string | undefined

/** A `change` with the library's name as detail: another manifest is in use, written here or in another tab. */
export const changes = new EventTarget()

/** The library on the page; undefined until the first is open. */
export function openLibrary(): Promise<Library> | undefined {
  return opened.get(state().library)
}

/** Until all are found, or the one of that name in this browser: its page does not wait for the site's list. */
export async function findLibraries(wanted: string): Promise<void> {
  const site = siteLibraries()
  storeless = await whyNoOpfs()
  await findOwnLibraries([])
  const all = site.then(findOwnLibraries)
  if (!state().libraries.some(({ name }) => name === wanted)) await all
}

/** What the site lists beside the page; a site without a list has the starter library. */
async function siteLibraries(): Promise<LibraryEntry[]> {
  try {
    const response = await fetch('libraries.json')
    return response.ok ? ((await response.json()) as LibraryEntry[]) : [starter]
  } catch {
    return [starter]
  }
}

async function findOwnLibraries(site: readonly LibraryEntry[]): Promise<void> {
  const stored = storeless ? [] : (await listLibraries()).flatMap(name => ownName(name) ?? [])
  const models = new Map(known.get().map(({ name, model }) => [name, model]))
  const taken = new Set(site.map(({ name }) => name))
  const names = [...new Set([...models.keys(), ...stored])].filter(name => !taken.has(name))
  const own = names.map(name => ({ name, model: models.get(name) }))
  update({ libraries: [...site, ...own] })
}

/** Another tab has made or removed a library; `found` is called with the new list in use. */
export function followOtherTabs(found: () => void): void {
  addEventListener('storage', event => {
    if (event.key === known.key) void findOwnLibraries(state().libraries.filter(entry => entry.url)).then(found)
  })
}

/** The library by name, opened once. */
export function library(name: string): Promise<Library> {
  const there = opened.get(name)
  if (there) return there
  const opening = open(name)
  opened.set(name, opening)
  opening.catch(() => opened.delete(name))
  return opening
}

async function open(name: string): Promise<Library> {
  const entry = state().libraries.find(entry => entry.name === name)
  if (!entry) throw new PicfindError('not-found', words.libraryGone(name))
  const own = storeless ? memory() : opfs(storedName(name))
  const store = entry.url ? http(new URL(entry.url, document.baseURI)) : own
  const library = await Library.open({
    store,
    model: entry.model,
    // Accepted in the dialog that made the library.
    acceptedLicence: !entry.url,
    assets,
    onModelProgress: ({ loaded, total }) => update({ download: loaded === total ? undefined : { loaded, total } }),
  })
  library.addEventListener('change', () => changes.dispatchEvent(new CustomEvent('change', { detail: name })))
  return library
}

/** A new, empty library; made in the store with its first picture. */
export function makeLibrary(name: string, model = 'picfind-mini'): void {
  known.set([...known.get().filter(entry => entry.name !== name), { name, model }])
  update({ libraries: [...state().libraries, { name, model }] })
  if (storeless) say(`${words.inMemory} (${storeless})`, 'warning')
}

/** Where new pictures go: the open library if it is the person's own, else their first, which may not have been made yet. */
export function ownLibrary(): string {
  const { libraries, library } = state()
  const own = libraries.filter(entry => !entry.url)
  return own.find(entry => entry.name === library)?.name ?? own[0]?.name ?? words.myPictures
}

export async function removeLibrary(name: string): Promise<void> {
  await (await library(name)).destroy()
  forgetLibrary(name)
}

/** Takes a library that is gone off the list. */
export function forgetLibrary(name: string): void {
  opened.delete(name)
  known.set(known.get().filter(entry => entry.name !== name))
  update({ libraries: state().libraries.filter(entry => entry.name !== name) })
}

/** Lets go of a library that is neither shown nor written to. */
export async function closeLibrary(name: string): Promise<void> {
  const there = opened.get(name)
  if (!there || storeless) return
  opened.delete(name)
  await there.then(library => library.close()).catch(() => undefined)
}

/** Says what went wrong in a sentence, with what to do. `subject` is what it is about, where the error does not name it. */
export function sayError(error: unknown, subject?: string): void {
  if (error instanceof DOMException && error.name === 'AbortError') return
  const code = error instanceof PicfindError ? error.code : undefined
  if (code === 'no-space') say(words.noSpace, 'warning')
  else if (code === 'busy') say(words.otherTabWrites, 'warning')
  else {
    const reason = subject === undefined ? reasonOf(error) : `${subject}: ${reasonOf(error)}`
    say(code ? words.trouble(code, reason) : words.failed(reason), 'warning')
  }
}
