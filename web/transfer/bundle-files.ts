/** Where a bundle comes from that is no address: a zip, a folder that was opened, files that were picked or dropped. */
import { PicfindError } from '../engine/errors.ts'
import { normalPath } from '../engine/source.ts'
import { type ManifestHead, manifestName, readHead } from './manifest-head.ts'
import { readEntries, readZipped } from './zip-read.ts'

/** Structured-cloneable. */
export type BundleOrigin =
  | { kind: 'zip'; file: File }
  | { kind: 'directory'; handle: FileSystemDirectoryHandle }
  /** Paths begin with the name of the folder that was picked. */
  | { kind: 'files'; name: string; files: { path: string; file: File }[] }

export interface BundleFiles {
  /** For people. */
  readonly name: string
  readonly head: ManifestHead
  /** A file by its address relative to the manifest, not yet verified; undefined if it is not there. */
  read(path: string): Promise<Uint8Array | undefined>
}

/** Files of a library are at most 20 MiB long; its manifest is far shorter. */
const mostBytes = 20 * 1024 * 1024
const mostManifestBytes = 1024 * 1024
/** Folders of an opened folder in which a bundle is looked for, besides itself. */
const usualFolders = ['picfind/', '.picfind/']

/** Finds the bundle in what was given: the manifest that is least deep. Throws `not-found`, `version`, and what reading a zip throws. */
export async function openBundleFiles(origin: BundleOrigin): Promise<BundleFiles> {
  const { name, manifests, read } = await filesOf(origin)
  for (const manifest of manifests) {
    const bytes = await read(manifest, mostManifestBytes)
    const head = bytes && readHead(bytes, name)
    const folder = manifest.slice(0, -manifestName.length)
    if (head) return { name, head, read: path => read(normalPath(folder + path), mostBytes) }
  }
  throw new PicfindError(
    'not-found',
    `There is no library in ${name}; choose a zip or a folder that Picfind has saved.`,
  )
}

interface Files {
  name: string
  /** Paths of what may be the manifest, the best first. */
  manifests: string[]
  read(path: string, limit: number): Promise<Uint8Array | undefined>
}

function filesOf(origin: BundleOrigin): Files | Promise<Files> {
  switch (origin.kind) {
    case 'zip':
      return filesOfZip(origin.file)
    case 'directory':
      return filesOfDirectory(origin.handle)
    case 'files':
      return filesOfList(origin.name, origin.files)
  }
}

async function filesOfZip(file: File): Promise<Files> {
  const entries = await readEntries(file, file.name)
  return {
    name: file.name,
    manifests: manifestsIn(entries.keys()),
    async read(path, limit) {
      const entry = entries.get(path)
      return entry && readZipped(entry, file.name, limit)
    },
  }
}

function filesOfList(name: string, list: { path: string; file: File }[]): Files {
  const files = new Map(list.map(({ path, file }) => [path, file]))
  return {
    name,
    manifests: manifestsIn(files.keys()),
    read: async (path, limit) => bytesOf(files.get(path), limit),
  }
}

function filesOfDirectory(root: FileSystemDirectoryHandle): Files {
  return {
    name: root.name,
    manifests: ['', ...usualFolders].map(folder => folder + manifestName),
    async read(path, limit) {
      const parts = path.split('/')
      const last = parts.pop()!
      try {
        let folder = root
        for (const part of parts) folder = await folder.getDirectoryHandle(part)
        return await bytesOf(await (await folder.getFileHandle(last)).getFile(), limit)
      } catch (error) {
        // Not there, a file where a folder should be, or a name that no folder can have.
        if (error instanceof TypeError || (error instanceof DOMException && expected.has(error.name))) return undefined
        throw error
      }
    },
  }
}

const expected = new Set(['NotFoundError', 'TypeMismatchError'])

async function bytesOf(file: File | undefined, limit: number): Promise<Uint8Array | undefined> {
  if (!file) return undefined
  if (file.size <= limit) return new Uint8Array(await file.arrayBuffer())
  throw new PicfindError('too-large', `${file.name} has ${file.size} bytes; files of a library have ${limit} at most.`)
}

function manifestsIn(paths: Iterable<string>): string[] {
  const depth = (path: string) => path.split('/').length
  return [...paths]
    .filter(path => path === manifestName || path.endsWith(`/${manifestName}`))
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
}
