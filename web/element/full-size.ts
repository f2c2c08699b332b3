/** What full search has yet to fetch. */
import { type BundleDescriptor, type FetchFile, type FullFiles, readJson } from './bundle-files.ts'
import { base64 } from './checked-module.ts'
import { fullCode } from './full-code.ts'

/** Where the engine keeps files. */
const cacheName = 'picfind-files'

export interface FullSize {
  /** Bytes that are not here yet. */
  missing: number
  /** Of these, the scripts and the core. */
  scripts: number
  /** Of ONNX Runtime's wasm. */
  runtimeSha256?: string
  /** Names of files that are here. */
  kept: Set<string>
}

/**
 * `model`: address of another model's manifest than the bundle's. Scripts are left to the browser's own cache, which does not tell what it
 * has: they count until the runtime that they come with is kept.
 */
export async function fullSize(
  bundle: URL,
  { full, model: own }: BundleDescriptor,
  fetchFile: FetchFile,
  model: string | undefined,
): Promise<FullSize> {
  const kept = await keptFiles()
  const runtime = new URL(/* @vite-ignore */ './runtime/ort-wasm-simd-threaded.wasm', import.meta.url).href
  const hasCode = kept.has(runtime)
  const scripts = hasCode ? 0 : fullCode.scripts
  const code = scripts + (hasCode ? 0 : fullCode.runtime.bytes)
  const { needed, further } = (await readJson(full.files, fetchFile)) as FullFiles
  // Where a context is not secure nothing is kept, so nothing is fetched for later.
  const sizes = new Map(Object.entries(globalThis.isSecureContext ? { ...needed, ...further } : needed))
  if (model !== undefined) for (const name of Object.values(own?.files ?? {}).flat()) sizes.delete(name)
  const here = new Set([...sizes.keys()].filter(name => kept.has(new URL(name, bundle).href)))
  const files = [...sizes].reduce((sum, [name, bytes]) => sum + (here.has(name) ? 0 : bytes), 0)
  const others = model === undefined ? 0 : await sizeOfModel(model)
  const runtimeSha256 = fullCode.runtime.sha256
  if (hasCode) here.add(runtimeSha256)
  return { missing: files + code + others, scripts, runtimeSha256, kept: here }
}

/** Throws where a script of full search, or the core, is not the one that was built with this element; what is kept of them is not fetched. */
export async function checkFullCode(): Promise<void> {
  const check = async ([file, sha256]: [string, string]) => {
    const url = new URL(/* @vite-ignore */ file, import.meta.url)
    const integrity = `sha256-${base64(sha256)}`
    const read = async (cache: RequestCache) => (await fetch(url, { cache, integrity })).arrayBuffer()
    // What is kept may be what was damaged on its way.
    await read('force-cache').catch(() => read('reload'))
  }
  await Promise.all(Object.entries(fullCode.files).map(check))
}

async function keptFiles(): Promise<Set<string>> {
  if (typeof caches === 'undefined') return new Set()
  const requests = await caches
    .open(cacheName)
    .then(cache => cache.keys())
    .catch(() => [])
  return new Set(requests.map(({ url }) => url))
}

/** Of its text towers, as far as its manifest says; what the browser has kept of it is not known. */
async function sizeOfModel(address: string): Promise<number> {
  type File = { bytes: number | null }
  const manifest: { towers: { text: { file: File; tokenizer: File }[] } } = await (await fetch(address)).json()
  const files = manifest.towers.text.flatMap(({ file, tokenizer }) => [file, tokenizer])
  return files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}
