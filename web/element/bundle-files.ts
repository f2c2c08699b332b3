/** From a bundle's address to its manifest and its descriptor, both checked. */
import { Trouble } from './trouble.ts'

/** The formats this code reads. */
const manifestFormat = 1
const descriptorFormat = 1

export interface BundleManifest {
  counts: { records: number }
  /** `url`: where its pictures are, relative to the bundle. */
  sources: { name: string; url?: string }[]
  bundle: { code: string; file: string }
}

/** What a bundle holds beside the library itself. */
export interface BundleDescriptor {
  format: number
  /** The site's root, relative to the bundle. */
  base: string
  /** Where words can be answered from small tables. */
  quick?: { file: string }
  /** `files`: name → sha256 of the file, or of its pieces in order. */
  model?: { id: string; files: Record<string, string | string[]> }
  /** What full search fetches beside its code: bytes of all of it, the list of its files, and whether pictures can be searched by. */
  full: { bytes: number; files: string; pictures: boolean }
}

/** Bytes of each file by name: of those that full search cannot answer without, and of those it takes to go on without a network. */
export interface FullFiles {
  needed: Record<string, number>
  further: Record<string, number>
}

export type FetchFile = (name: string) => Promise<Uint8Array>

/** The newest manifest; without a connection the one the browser has kept. Throws Trouble. */
export async function readManifest(bundle: URL, cache: RequestCache): Promise<BundleManifest> {
  const url = new URL('manifest.json', bundle)
  const response = await fetch(url, { cache })
    .catch(() => fetch(url, { cache: 'force-cache' }))
    .catch(error => {
      throw new Trouble('unreachable', `${url} cannot be reached.`, { cause: error })
    })
  const manifest = response.ok ? await response.json().catch(() => undefined) : undefined
  if (manifest?.format > manifestFormat) throw new Trouble('newer', `${url} is of format ${manifest.format}.`)
  if (typeof manifest?.bundle?.file === 'string') return manifest
  throw new Trouble('missing', `${url} is not the manifest of a bundle (status ${response.status}).`)
}

/** Throws Trouble, and what `fetchFile` throws. */
export async function readDescriptor(manifest: BundleManifest, fetchFile: FetchFile): Promise<BundleDescriptor> {
  const descriptor = (await readJson(manifest.bundle.file, fetchFile)) as BundleDescriptor
  if (descriptor.format === descriptorFormat) return descriptor
  throw new Trouble('newer', `The bundle is of format ${descriptor.format}.`)
}

export async function readJson(name: string, fetchFile: FetchFile): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await fetchFile(name)))
}
