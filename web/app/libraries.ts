/** The libraries of this browser: which there are, which one is open, making and removing them. */
import {
  dropKept,
  http,
  keptBytes,
  Library,
  type LibraryOptions,
  listLibraries,
  memory,
  opfs,
  PicfindError,
  reasonOf,
  removeStored,
  storedBytes,
  whyNoOpfs,
} from '../engine/browser.ts'
import { decoded } from '../transfer/decoded.ts'
import { assets } from './assets.ts'
import { openBundle } from './open-bundle.ts'
import { ownName, storedName } from './scope.ts'
import { mostCopied } from './searched-place.ts'
import { setting } from './settings.ts'
import { type LibraryEntry, say, state, update } from './state.ts'
import { authorization, tokenFor } from './tokens.ts'
import { words } from './words/words.ts'

export const starter: LibraryEntry = { name: 'starter', url: 'starter/library/' }

/** In order of making, with their models. One without pictures is only here: a store begins with the first picture. `url`: opened by it. */
const known = setting<{ name: string; model: string; url?: string }[]>('libraries', [])
/** Libraries that are being made out of bundles; they are none before they are whole. */
export const importing = setting<string[]>('importing', [])
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
  if (!storeless) await dropHalfImported()
  await findOwnLibraries([])
  const all = site.then(findOwnLibraries)
  if (!state().libraries.some(({ name }) => name === wanted)) await all
}

/** What the site lists beside the page; a site without a list has the starter library. */
async function siteLibraries(): Promise<LibraryEntry[]> {
  try {
    const response = await fetch('libraries.json', { headers: authorization('libraries.json') })
    if (response.status === 401) {
      const retry = async () => location.reload()
      update({ panel: { kind: 'token', url: document.baseURI, retry } })
    }
    return response.ok ? ((await response.json()) as LibraryEntry[]) : [starter]
  } catch {
    return [starter]
  }
}

async function findOwnLibraries(site: readonly LibraryEntry[]): Promise<void> {
  const stored = storeless ? [] : (await listLibraries()).flatMap(name => ownName(name) ?? [])
  // What is only in memory is gone with the page that held it.
  const there = known.get().filter(({ name, url }) => !storeless || url !== undefined || opened.has(name))
  const entries = new Map(there.map(entry => [entry.name, entry]))
  const taken = new Set([...site.map(({ name }) => name), ...importing.get()])
  const names = [...new Set([...entries.keys(), ...stored])].filter(name => !taken.has(name))
  const own = names.map((name): LibraryEntry => {
    const { model, url } = entries.get(name) ?? {}
    return { name, model, ...(url !== undefined && { url, added: true }) }
  })
  update({ libraries: [...site, ...own] })
}

/** What is left of an import that ended with its page. */
async function dropHalfImported(): Promise<void> {
  for (const name of importing.get()) {
    // Another tab may be at it.
    const gone = await removeStored(storedName(name)).then(
      () => true,
      () => false,
    )
    if (gone) importing.set(importing.get().filter(other => other !== name))
  }
}

/** Whether this page can keep no libraries. */
export function isStoreless(): boolean {
  return storeless !== undefined
}

/** The name, numbered if there is a library of it. */
export function freeName(wanted: string): string {
  const title = wanted.normalize('NFC').trim().replace(/^\.+$/, '').slice(0, 60) || words.newLibraryTitle
  const taken = new Set([...state().libraries.map(({ name }) => name), ...importing.get()])
  let name = title
  for (let n = 2; taken.has(name); n++) name = `${title} ${n}`
  return name
}

/** Another tab has made or removed a library; `found` is called with the new list in use. */
export function followOtherTabs(found: () => void): void {
  addEventListener('storage', event => {
    if (event.key === known.key)
      void findOwnLibraries(state().libraries.filter(entry => entry.url && !entry.added)).then(found)
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
  const request: LibraryOptions = {
    store: entry.url ? http(new URL(entry.url, document.baseURI), { token: tokenFor(entry.url) }) : own,
    model: entry.model,
    ...(entry.url && { mostCopied: mostCopied(name) }),
    // Accepted in the dialog that made the library.
    acceptedLicence: !entry.url,
    assets,
    onModelProgress: ({ loaded, total }) => update({ download: loaded === total ? undefined : { loaded, total } }),
  }
  const library = await (entry.added ? openBundle(request, new URL(entry.url!)) : Library.open(request))
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

/** A bundle on a site, under a name that is free; opened once it is gone to. */
export function addBundle(url: string, model: string): string {
  const there = state().libraries.find(entry => entry.added && entry.url === url)
  if (there) return there.name
  const { host, pathname } = new URL(url)
  const name = freeName(`${host}${decoded(pathname)}`.replace(/(\/picfind)?\/$/, ''))
  known.set([...known.get(), { name, model, url }])
  update({ libraries: [...state().libraries, { name, model, url, added: true }] })
  return name
}

/** Drops what this browser keeps of a library on a site. */
export async function freeKept({ url }: LibraryEntry): Promise<void> {
  if (url !== undefined) await dropKept(new URL(url, document.baseURI))
}

/** One's own library with all that is in it, a damaged one too; of one on another site what this browser knows and keeps of it. */
export async function removeLibrary(name: string): Promise<void> {
  const entry = state().libraries.find(entry => entry.name === name)
  if (entry?.url !== undefined) {
    await closeLibrary(name)
    await freeKept(entry)
  } else {
    const there = await opened.get(name)?.catch(() => undefined)
    if (there) await there.destroy()
    else if (!storeless) await removeStored(storedName(name))
  }
  forgetLibrary(name)
}

/** The first that comes with the page. */
export function siteLibrary(): string {
  return (state().libraries.find(({ url, added }) => url !== undefined && !added) ?? starter).name
}

/** Opens a library again, as it is now to be opened. */
export async function reopenLibrary(name: string): Promise<Library> {
  const there = opened.get(name)
  opened.delete(name)
  await there?.then(library => library.close()).catch(() => undefined)
  return library(name)
}

/** Bytes that a library takes in this browser. */
export function bytesOf({ name, url }: LibraryEntry): Promise<number> {
  if (url !== undefined) return keptBytes(new URL(url, document.baseURI))
  return storeless ? Promise.resolve(0) : storedBytes(storedName(name))
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
  say(reasonOfError(error, subject), 'warning')
}

export function reasonOfError(error: unknown, subject?: string): string {
  const code = error instanceof PicfindError ? error.code : undefined
  if (code === 'no-space') return words.noSpace
  if (code === 'busy') return words.otherTabWrites
  const reason = subject === undefined ? reasonOf(error) : `${subject}: ${reasonOf(error)}`
  return code ? words.trouble(code, reason) : words.failed(reason)
}
