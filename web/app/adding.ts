/** From what a person picked or dropped to sources of the library. */
import { type Source, sourceFromDrop, sourceFromFiles, sourceFromHandle } from '../engine/browser.ts'
import { addSource, excludedFrom } from './indexing.ts'
import { openLibrary, ownLibrary, sayError } from './libraries.ts'
import { goToLibrary } from './navigation.ts'
import { directoryPicker, pickFiles } from './picking.ts'
import { say, state, update } from './state.ts'
import { bundleIn, importBundle } from './transfer.ts'
import { words } from './words/words.ts'

/** Folders deeper than this are not offered one by one. */
const shownDepth = 2
const shownFolders = 400

/** Lets the person choose a folder, with the newest means the browser has. */
export async function pickFolder(): Promise<void> {
  const picker = directoryPicker()
  if (!picker) return pickFiles('folder', files => void addFiles(files))
  try {
    const handle = await picker({ id: 'pictures', mode: 'read' })
    await addFolder(sourceFromHandle(handle), await subfoldersOf(handle))
  } catch (error) {
    sayError(error)
  }
}

export function pickPictures(): void {
  pickFiles('pictures', files => void addFiles(files))
}

export async function addFiles(files: File[]): Promise<void> {
  const source = sourceFromFiles(files)
  if (source.complete) await addFolder(source, subfoldersIn(files.map(file => file.webkitRelativePath)))
  else await begin(source)
}

/** Call it in the drop event itself: what was dropped is gone after it. */
export async function addDropped(transfer: DataTransfer): Promise<void> {
  const [file] = transfer.files
  const single = transfer.files.length === 1 ? file : undefined
  try {
    const sources = await sourceFromDrop(transfer)
    const [source] = sources
    const folder = sources.length === 1 && source?.origin?.kind === 'directory' ? source.origin.handle : undefined
    const bundle = await bundleIn(folder ?? single)
    if (bundle) return await importBundle(bundle)
    if (sources.length === 0) say(words.dropNothing, 'warning')
    for (const source of sources) await begin(source)
  } catch (error) {
    sayError(error)
  }
}

/** A folder with subfolders is asked about first, any other begins at once. */
async function addFolder(source: Source, subfolders: string[]): Promise<void> {
  if (subfolders.length === 0) return begin(source)
  const folder = {
    name: source.name,
    subfolders,
    excluded: excludedFrom(ownLibrary(), source.name),
    start: (exclude: string[]) => void begin(source, exclude),
  }
  update({ panel: { kind: 'folder', folder } })
}

/** Asks again which subfolders of a source to leave out; from a click, because the browser may ask for permission. */
export async function chooseSubfolders(sourceName: string): Promise<void> {
  try {
    const source = await (await openLibrary())?.source(sourceName)
    if (source?.origin?.kind !== 'directory') say(words.pickAgain(sourceName), 'warning')
    else await addFolder(source, await subfoldersOf(source.origin.handle))
  } catch (error) {
    sayError(error)
  }
}

async function begin(source: Source, exclude?: string[]): Promise<void> {
  const name = addSource(source, exclude)
  if (name !== state().library) await goToLibrary(name)
}

async function subfoldersOf(folder: FileSystemDirectoryHandle, prefix = '', depth = 1): Promise<string[]> {
  const found: string[] = []
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind !== 'directory' || name.startsWith('.')) continue
    found.push(prefix + name)
    if (depth < shownDepth) {
      found.push(...(await subfoldersOf(handle as FileSystemDirectoryHandle, `${prefix}${name}/`, depth + 1)))
    }
    if (found.length >= shownFolders) break
  }
  return found.sort().slice(0, shownFolders)
}

/** Of paths that begin with the folder's own name. */
function subfoldersIn(paths: string[]): string[] {
  const found = new Set<string>()
  for (const path of paths) {
    const parts = path.split('/').slice(1, -1)
    for (let depth = 1; depth <= Math.min(parts.length, shownDepth); depth++) {
      found.add(parts.slice(0, depth).join('/'))
    }
  }
  return [...found]
    .filter(path => !path.split('/').some(part => part.startsWith('.')))
    .sort()
    .slice(0, shownFolders)
}
