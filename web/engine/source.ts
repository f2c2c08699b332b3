/** Where the files of a source are, structured-cloneable: kept beside the library so that they can be read again. */
export type SourceOrigin =
  | { kind: 'directory'; handle: FileSystemDirectoryHandle }
  | { kind: 'files'; files: ListedFile[]; unreadable: Unreadable[]; complete: boolean }
  | { kind: 'folder'; path: string }

export interface ListedFile {
  path: string
  file: File
}

/** A file that may be a picture. */
export interface SourceFile {
  /** Inside the source, `/`-separated, NFC. */
  path: string
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  modified: number
  open(): Promise<Blob | Uint8Array>
}

/** A file or folder that is there and cannot be read. */
export interface Unreadable {
  path: string
  unreadable: string
}

/** Pictures to index: a folder, a directory handle, a list of files. */
export interface Source {
  /** What the source is called unless the library has given it a name before. */
  readonly name: string
  /** Base address of the originals where they are public; a record's file is at `url` + path. */
  readonly url?: string
  /** False for loose files: what is not listed is then not taken for deleted. */
  readonly complete: boolean
  readonly origin?: SourceOrigin
  /**
   * Pictures and what could not be read, in any order; throws when the listing cannot go on. Folders that `enter` refuses may be left
   * out.
   */
  list(enter?: (folder: string) => boolean): AsyncIterable<SourceFile | Unreadable>
  /** One file by its path; undefined if it is gone or may not be read. */
  read(path: string): Promise<Blob | undefined>
}

const pictureExtensions = new Set('jpg jpeg jfif png gif webp avif bmp heic heif tif tiff psd pnm ppm pgm'.split(' '))
/** Cameras' own formats; they are read by the preview inside. */
const rawExtensions = new Set('arw cr2 cr3 dng nef nrw orf pef raf rw2 srw'.split(' '))

/** By the extension of its name; hidden files are no pictures. */
export function isPicture(name: string): boolean {
  const extension = extensionOf(name)
  return !isHidden(name) && (pictureExtensions.has(extension) || rawExtensions.has(extension))
}

export function isRaw(name: string): boolean {
  return rawExtensions.has(extensionOf(name))
}

/** Lower-case, without the dot; '' for none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
}

/** Folder names that are never walked into. */
export function isHidden(name: string): boolean {
  return name.startsWith('.')
}

/** The one spelling of a path: NFC, `/`-separated, no empty part, `.` or inner `..`. */
export function normalPath(path: string): string {
  const parts: string[] = []
  for (const part of path.replaceAll('\\', '/').normalize('NFC').split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Whether `path` is `folder` or lies in it; the empty folder holds everything. */
export function isInside(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

/** `beach.jpg` → `beach (2).jpg` */
export function numberedPath(path: string, n: number): string {
  const dot = path.lastIndexOf('.')
  return `${path.slice(0, dot)} (${n})${path.slice(dot)}`
}
