import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../engine/errors.ts'
import { readIfThere, replaceFile } from '../engine/files-node.ts'
import type { SourceFile } from '../engine/source.ts'
import { parseJson } from './named-files.ts'
import { pathOfUrl } from './site-urls.ts'

/** Milliseconds a picture may take to arrive. */
const timeLimit = 60_000
/** Larger files are not fetched. */
const byteLimit = 100 * 1024 * 1024
/** Requests for one picture where the line breaks or the host has a bad moment. */
const tries = 2
/** Pictures of a host that cannot be reached before no more are asked for. */
const failuresOfHost = 3
const notesFormat = 1

/** What is remembered of a picture, so that it is fetched once. */
interface RemoteNote {
  size: number
  /** When these bytes were first seen here, milliseconds since 1970. */
  modified: number
  sha256: string
  etag?: string
  lastModified?: string
}

interface NotesFile {
  format: number
  files: Record<string, RemoteNote>
}

/** The host says that it has no such picture, or none that can be taken. */
class Refused extends Error {}
/** The picture may be had another time. */
class Unreachable extends Error {}

export interface RemoteOptions {
  /** Milliseconds a picture may take. */
  timeLimit?: number
  /** Largest file, bytes. */
  byteLimit?: number
}

/** What a site shows of it may be old: `trouble` says why it was not asked for. */
export interface RemotePicture {
  file: SourceFile
  trouble?: string
}

/**
 * Pictures that are elsewhere on the web. Each is fetched once; later runs ask by ETag or date whether it has changed, and not at all
 * where its host gives neither. Bytes are kept until the run that needs them is done.
 */
export class RemotePictures {
  readonly #folder: string
  readonly #limits: Required<RemoteOptions>
  readonly #known: Map<string, RemoteNote>
  readonly #current = new Map<string, RemoteNote>()
  readonly #failures = new Map<string, number>()

  private constructor(folder: string, options: RemoteOptions, known: Map<string, RemoteNote>) {
    this.#folder = folder
    this.#limits = { timeLimit, byteLimit, ...options }
    this.#known = known
  }

  /** `folder`: where notes and bytes are kept. */
  static async read(folder: string, options: RemoteOptions = {}): Promise<RemotePictures> {
    const bytes = await readIfThere(join(folder, 'remote.json'))
    const notes = bytes && (parseJson(bytes) as NotesFile | undefined)
    const files = notes?.format === notesFormat ? Object.entries(notes.files) : []
    return new RemotePictures(folder, options, new Map(files))
  }

  /** A picture as its host has it now, or as it was known where the host cannot be reached. Throws what a person should read. */
  async find(url: string): Promise<RemotePicture> {
    const known = this.#known.get(url)
    const isSettled = known && known.etag === undefined && known.lastModified === undefined
    if (isSettled) return { file: this.#file(url, known) }
    try {
      return { file: this.#file(url, await this.#ask(url, known)) }
    } catch (error) {
      if (!(error instanceof Unreachable) || !known) throw error
      const trouble = `could not be asked for, so it stays as it was: ${error.message}`
      return { file: this.#file(url, known), trouble }
    }
  }

  async writeNotes(): Promise<void> {
    const notes: NotesFile = { format: notesFormat, files: Object.fromEntries(this.#current) }
    await mkdir(this.#folder, { recursive: true })
    await replaceFile(join(this.#folder, 'remote.json'), new TextEncoder().encode(JSON.stringify(notes)))
  }

  /** Once all is published the bytes are not needed any more. */
  async dropBytes(): Promise<void> {
    await rm(this.#bytesFolder, { recursive: true, force: true })
  }

  get #bytesFolder(): string {
    return join(this.#folder, 'remote')
  }

  #bytesPath(url: string): string {
    return join(this.#bytesFolder, createHash('sha256').update(url).digest('hex'))
  }

  #file(url: string, note: RemoteNote): SourceFile {
    this.#current.set(url, note)
    return {
      path: remotePath(url),
      size: note.size,
      modified: note.modified,
      open: async () => (await readIfThere(this.#bytesPath(url))) ?? (await this.#fetch(url)).bytes!,
    }
  }

  async #ask(url: string, known: RemoteNote | undefined): Promise<RemoteNote> {
    const { bytes, etag, lastModified } = await this.#fetch(url, known)
    const validators = { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) }
    if (!bytes) return { ...known!, ...validators }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const isSame = known?.sha256 === sha256
    const modified = isSame ? known.modified : Math.max(Date.now(), (known?.modified ?? 0) + 1)
    await mkdir(this.#bytesFolder, { recursive: true })
    await replaceFile(this.#bytesPath(url), bytes)
    return { size: bytes.length, modified, sha256, ...validators }
  }

  /** `bytes` are undefined where they are as known. Throws Refused, Unreachable. */
  async #fetch(url: string, known?: RemoteNote) {
    const { host } = new URL(url)
    const failures = this.#failures.get(host) ?? 0
    if (failures >= failuresOfHost) throw new Unreachable(`${host} cannot be reached`)
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#request(url, known)
        this.#failures.delete(host)
        return answer
      } catch (error) {
        if (error instanceof Refused) throw error
        if (attempt < tries) continue
        this.#failures.set(host, failures + 1)
        throw error instanceof Unreachable ? error : new Unreachable(`${host} cannot be reached (${causeOf(error)})`)
      }
    }
  }

  async #request(url: string, known: RemoteNote | undefined) {
    const headers = new Headers({ Accept: 'image/*,*/*;q=0.5' })
    if (known?.etag !== undefined) headers.set('If-None-Match', known.etag)
    if (known?.lastModified !== undefined) headers.set('If-Modified-Since', known.lastModified)
    const { timeLimit } = this.#limits
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeLimit) })
    const validators = { etag: response.headers.get('etag'), lastModified: response.headers.get('last-modified') }
    if (response.status === 304 && known) return { bytes: undefined, ...validators }
    if (!response.ok) {
      await response.body?.cancel()
      const message = `${new URL(url).host} answers ${response.status} ${response.statusText}`.trimEnd()
      throw response.status >= 500 || response.status === 429 ? new Unreachable(message) : new Refused(message)
    }
    return { bytes: await this.#bytesOf(response), ...validators }
  }

  async #bytesOf(response: Response): Promise<Uint8Array> {
    const { byteLimit } = this.#limits
    const type = response.headers.get('content-type') ?? ''
    const announced = Number(response.headers.get('content-length') ?? 0)
    const parts: Uint8Array[] = []
    let size = 0
    const refuse = async (reason: string) => {
      await response.body?.cancel().catch(() => undefined)
      throw new Refused(reason)
    }
    if (/^(text|application\/(json|xhtml))/.test(type)) await refuse(`is ${type.split(';')[0]}, no picture`)
    const tooLarge = `has more than ${byteLimit} bytes, which is not fetched`
    if (announced > byteLimit) await refuse(tooLarge)
    for await (const part of response.body ?? []) {
      size += part.length
      if (size > byteLimit) throw new Refused(tooLarge)
      parts.push(part)
    }
    return Buffer.concat(parts)
  }
}

/** How a picture of elsewhere is called among those of a site: its address without the scheme. */
export function remotePath(url: string): string {
  const { host, pathname, search } = new URL(url)
  return host + pathOfUrl(pathname) + search
}

function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not arrive in time'
  return reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
}
