import { PicfindError, reasonOf } from './errors.ts'
import {
  isHidden,
  isPicture,
  type ListedFile,
  normalPath,
  numberedPath,
  type Source,
  type SourceFile,
  type SourceOrigin,
  type Unreadable,
} from './source.ts'

/** What loose pictures are filed under. */
const looseName = 'pictures'

/** A folder the person has opened with showDirectoryPicker or dropped. */
export function sourceFromHandle(
  handle: FileSystemDirectoryHandle,
  options: { name?: string; url?: string } = {},
): Source {
  return new DirectorySource(handle, options.name ?? handle.name, options.url)
}

/**
 * Files of an <input type=file>. With `webkitdirectory` they are a whole folder, known by its name; without, loose pictures that
 * join the source `name` and drop nothing.
 */
export function sourceFromFiles(files: Iterable<File>, options: { name?: string } = {}): Source {
  const list = [...files]
  const folder = list[0]?.webkitRelativePath.split('/')[0] ?? ''
  const listed = list.map(file => ({ path: file.webkitRelativePath.slice(folder.length) || file.name, file }))
  return new FilesSource(listed, [], options.name ?? (folder || looseName), folder !== '')
}

/**
 * What was dropped: one folder where the browser gives handles, else the files in all of it. Call it in the drop event itself; the
 * list is empty when there are no files. Throws `not-found` for a folder that cannot be read.
 */
export async function sourceFromDrop(transfer: DataTransfer): Promise<Source[]> {
  // Items are gone after the event's turn, so everything is asked for before the first await.
  const items = [...transfer.items].filter(item => item.kind === 'file')
  const dropped = items.map(item => ({
    handle: (item as DropItem).getAsFileSystemHandle?.().catch(() => null),
    entry: item.webkitGetAsEntry?.() ?? null,
    file: item.getAsFile(),
  }))
  const sources: Source[] = []
  const loose: ListedFile[] = []
  for (const { handle, entry, file } of dropped) {
    const opened = await handle
    if (opened?.kind === 'directory') sources.push(sourceFromHandle(opened as FileSystemDirectoryHandle))
    else if (entry?.isDirectory) {
      const { files, unreadable } = await filesIn(entry as FileSystemDirectoryEntry)
      sources.push(new FilesSource(files, unreadable, entry.name, true))
    } else if (file) loose.push({ path: file.name, file })
  }
  if (loose.length > 0) sources.push(new FilesSource(loose, [], looseName, false))
  return sources
}

/** The source an origin describes, as a worker rebuilds it. */
export function sourceFromOrigin(origin: SourceOrigin, name: string, url?: string): Source | undefined {
  if (origin.kind === 'directory') return new DirectorySource(origin.handle, name, url)
  if (origin.kind === 'files') return new FilesSource(origin.files, origin.unreadable, name, origin.complete)
  return undefined
}

class DirectorySource implements Source {
  readonly name: string
  readonly url: string | undefined
  readonly complete = true
  readonly origin: SourceOrigin
  readonly #handle: FileSystemDirectoryHandle

  constructor(handle: FileSystemDirectoryHandle, name: string, url: string | undefined) {
    this.name = name.normalize('NFC')
    this.url = url
    this.origin = { kind: 'directory', handle }
    this.#handle = handle
  }

  list(enter: (folder: string) => boolean = () => true): AsyncGenerator<SourceFile | Unreadable> {
    return this.#walk(this.#handle, '', enter)
  }

  async read(path: string): Promise<Blob | undefined> {
    try {
      return await (await findFile(this.#handle, path.split('/')))?.getFile()
    } catch {
      // Moved, or permission has lapsed.
      return undefined
    }
  }

  async *#walk(
    folder: FileSystemDirectoryHandle,
    prefix: string,
    enter: (folder: string) => boolean,
  ): AsyncGenerator<SourceFile | Unreadable> {
    const entries: [string, FileSystemHandle][] = []
    try {
      for await (const entry of folder.entries()) entries.push(entry)
    } catch (error) {
      // Without its root nothing is known of the source: that is a failed listing, not an empty folder.
      if (prefix === '') throw error
      yield { path: prefix.slice(0, -1), unreadable: reasonOf(error) }
      return
    }
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [name, handle] of entries) {
      const path = normalPath(prefix + name)
      if (isHidden(name)) continue
      if (handle.kind === 'directory') {
        if (enter(path)) yield* this.#walk(handle as FileSystemDirectoryHandle, `${path}/`, enter)
      } else if (isPicture(name)) yield await listed(path, () => (handle as FileSystemFileHandle).getFile())
    }
  }
}

class FilesSource implements Source {
  readonly name: string
  readonly complete: boolean
  readonly origin: SourceOrigin
  readonly #files: Map<string, File>
  readonly #unreadable: Unreadable[]

  constructor(files: ListedFile[], unreadable: Unreadable[], name: string, complete: boolean) {
    this.name = name.normalize('NFC')
    this.complete = complete
    this.origin = { kind: 'files', files, unreadable, complete }
    this.#files = byPath(files)
    this.#unreadable = unreadable
  }

  async *list(): AsyncGenerator<SourceFile | Unreadable> {
    yield* this.#unreadable
    for (const [path, file] of this.#files) {
      yield { path, size: file.size, modified: file.lastModified, open: async () => file }
    }
  }

  async read(path: string): Promise<Blob | undefined> {
    return this.#files.get(path)
  }
}

/** The pictures in path order; files of one path (photo pickers call many `image.jpg`) are numbered. */
function byPath(files: ListedFile[]): Map<string, File> {
  const result = new Map<string, File>()
  for (const { path: given, file } of files) {
    const normal = normalPath(given)
    const parts = normal.split('/')
    if (!isPicture(parts[parts.length - 1] ?? '') || parts.some(isHidden)) continue
    let path = normal
    for (let n = 2; result.has(path); n++) path = numberedPath(normal, n)
    result.set(path, file)
  }
  return new Map([...result].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What is in a dropped folder. Throws `not-found` when the folder itself cannot be read. */
async function filesIn(root: FileSystemDirectoryEntry): Promise<{ files: ListedFile[]; unreadable: Unreadable[] }> {
  const files: ListedFile[] = []
  const unreadable: Unreadable[] = []
  const walk = async (folder: FileSystemDirectoryEntry, prefix: string): Promise<void> => {
    for (const entry of await entriesOf(folder)) {
      if (isHidden(entry.name)) continue
      const path = prefix + entry.name
      try {
        if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, `${path}/`)
        else if (isPicture(entry.name)) files.push({ path, file: await fileOf(entry as FileSystemFileEntry) })
      } catch (error) {
        unreadable.push({ path: normalPath(path), unreadable: reasonOf(error) })
      }
    }
  }
  try {
    await walk(root, '')
  } catch (error) {
    throw new PicfindError('not-found', `The folder ${root.name} cannot be read (${reasonOf(error)}).`)
  }
  return { files, unreadable }
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const entries: FileSystemEntry[] = []
  // A reader gives entries in portions and says that it is done with an empty one.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (portion.length === 0) return entries
    entries.push(...portion)
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

async function listed(path: string, open: () => Promise<File>): Promise<SourceFile | Unreadable> {
  try {
    const file = await open()
    return { path, size: file.size, modified: file.lastModified, open }
  } catch (error) {
    return { path, unreadable: reasonOf(error) }
  }
}

/** Folders by name; a name that is not NFC on the disk is found by its NFC spelling. */
async function findFile(folder: FileSystemDirectoryHandle, parts: string[]): Promise<FileSystemFileHandle | undefined> {
  const [first = '', ...rest] = parts
  const handle = await (rest.length > 0 ? folder.getDirectoryHandle(first) : folder.getFileHandle(first)).catch(() =>
    findByNormalName(folder, first),
  )
  if (handle?.kind === 'directory') return findFile(handle as FileSystemDirectoryHandle, rest)
  return rest.length === 0 ? (handle as FileSystemFileHandle | undefined) : undefined
}

async function findByNormalName(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemHandle | undefined> {
  for await (const [key, handle] of folder.entries()) if (key.normalize('NFC') === name) return handle
  return undefined
}

type DropItem = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> }
