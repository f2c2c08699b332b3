/** Gets the files of a model — shipped or downloaded — and lets none out that is not what its manifest says. */
import { PicfindError } from './errors.ts'
import type { ModelCache } from './model-cache.ts'
import { type DownloadOptions, download } from './model-download.ts'
import { fileName, type ModelFile, type ModelManifest } from './models.ts'
import { sha256 } from './sha256.ts'

export interface FileProgress {
  /** Name of the file being downloaded. */
  file: string
  /** Bytes so far. */
  loaded: number
  /** Bytes in all, where the server or the manifest says so. */
  total: number | null
  /** False where there is no room to keep the file: it will be downloaded again next time. */
  kept: boolean
}

export interface ReadOptions {
  onProgress?: (progress: FileProgress) => void
  signal?: AbortSignal
}

export interface ModelFiles {
  /** The verified bytes; downloads them if they are not kept yet. */
  read(file: ModelFile, options?: ReadOptions): Promise<Uint8Array>
  /** The published sha256, else the one recorded at the first download, which is made if it has not been yet. */
  sha256(file: ModelFile, options?: ReadOptions): Promise<string>
  /** Lower-case hex; how this place computes it. */
  hash(bytes: Uint8Array): Promise<string>
}

/** Reads a file by its path relative to the manifest; undefined if it is not there. */
export type LocalReader = (path: string) => Promise<Uint8Array | undefined>

export interface ModelFilesOptions extends DownloadOptions {
  /** Files that ship with Picfind. */
  local: LocalReader
  /** Downloads that were put somewhere by hand, by the last part of their address: for machines without a network. */
  beside?: LocalReader
  /** Where downloads are kept. */
  cache: ModelCache
  /** Used where the platform has no `crypto.subtle`: pages that are not in a secure context. */
  sha256: (bytes: Uint8Array) => string | Promise<string>
  /** Says that the person has read and accepts the model's non-commercial terms. */
  acceptedLicence?: boolean
}

export function openModelFiles(manifest: ModelManifest, options: ModelFilesOptions): ModelFiles {
  return new VerifiedFiles(manifest, options)
}

class VerifiedFiles implements ModelFiles {
  readonly #manifest: ModelManifest
  readonly #options: ModelFilesOptions

  constructor(manifest: ModelManifest, options: ModelFilesOptions) {
    this.#manifest = manifest
    this.#options = options
  }

  hash = (bytes: Uint8Array): Promise<string> => sha256(bytes, this.#options.sha256)

  async sha256(file: ModelFile, options: ReadOptions = {}): Promise<string> {
    const known = file.sha256 ?? (await this.#recorded(file))
    if (known !== undefined) return known
    return this.hash(await this.read(file, options))
  }

  async read(file: ModelFile, options: ReadOptions = {}): Promise<Uint8Array> {
    return file.url === undefined ? this.#readShipped(file) : this.#readDownloaded(file, file.url, options)
  }

  async #readShipped(file: ModelFile): Promise<Uint8Array> {
    const path = file.path ?? ''
    const bytes = await this.#options.local(path)
    if (!bytes) throw new PicfindError('not-found', `${this.#manifest.id}: ${path} is not there; install Picfind again`)
    const fault = await this.#faultOf(bytes, file.bytes, file.sha256)
    if (fault) throw new PicfindError('corrupt', `${this.#manifest.id}: ${path} ${fault}; install Picfind again`)
    return bytes
  }

  /** A copy put there by hand comes before the cache, and the cache before the network. */
  async #readDownloaded(file: ModelFile, url: string, options: ReadOptions): Promise<Uint8Array> {
    const { cache } = this.#options
    const name = fileName(url)
    const expected = file.sha256 ?? (await this.#recorded(file)) ?? null

    const beside = await this.#options.beside?.(name)
    if (beside) {
      const fault = await this.#faultOf(beside, file.bytes, expected)
      if (fault)
        throw new PicfindError(
          'corrupt',
          `${this.#manifest.id}: ${name} ${fault}; remove it, or put the file of ${url} there`,
        )
      return beside
    }

    const kept = await cache.read(name)
    if (kept && !(await this.#faultOf(kept, file.bytes, expected))) return kept
    if (kept) await cache.remove(name)

    this.#checkLicence()
    const bytes = await download(
      {
        url,
        name,
        bytes: file.bytes,
        signal: options.signal,
        onProgress: (loaded, total, kept) => options.onProgress?.({ file: name, loaded, total, kept }),
      },
      cache,
      this.#options,
    )
    const fault = await this.#faultOf(bytes, file.bytes, expected)
    if (fault) {
      await cache.remove(name)
      const advice = file.sha256
        ? 'the address now serves another file, or something on the way changed it'
        : 'it is not the file that was first downloaded from there'
      throw new PicfindError(
        'download',
        `${url} ${fault}: ${advice}; try again later or put the right file beside the model's manifest`,
      )
    }
    await cache.finish(name)
    if (file.sha256 === null) await cache.writeNote(name, { url, sha256: await this.hash(bytes) })
    return bytes
  }

  /** The hash of an earlier download of the same address. */
  async #recorded(file: ModelFile): Promise<string | undefined> {
    if (file.url === undefined) return undefined
    const note = await this.#options.cache.readNote(fileName(file.url))
    return note?.url === file.url ? note.sha256 : undefined
  }

  async #faultOf(bytes: Uint8Array, size: number | null, sha256: string | null): Promise<string | undefined> {
    if (size !== null && bytes.length !== size) return `is not whole: expected ${size} bytes, found ${bytes.length}`
    if (sha256 === null) return undefined
    const found = await this.hash(bytes)
    return found === sha256 ? undefined : `is another file than expected: expected sha256 ${sha256}, found ${found}`
  }

  #checkLicence(): void {
    const { licence, name } = this.#manifest
    if (licence.commercial || this.#options.acceptedLicence) return
    throw new PicfindError(
      'licence',
      `${name} comes under the ${licence.name} (${licence.url}), which does not allow commercial use; accept its terms to download it`,
    )
  }
}

/** Files of a site, beside the manifest at `manifestUrl`. */
export function siteReader(manifestUrl: string | URL, fetchFile: typeof fetch = fetch): LocalReader {
  return async path => {
    const url = new URL(path, manifestUrl)
    let response: Response
    try {
      response = await fetchFile(url)
    } catch (error) {
      throw new PicfindError('download', `${url} cannot be reached; check the connection and try again`, {
        cause: error,
      })
    }
    if (response.status === 404) return undefined
    if (!response.ok)
      throw new PicfindError('download', `${url} answered ${response.status} ${response.statusText}; try again later`)
    return new Uint8Array(await response.arrayBuffer())
  }
}
