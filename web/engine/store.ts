/** Names a store; structured-cloneable, so that a page can hand it to its worker. */
export type StoreDescription =
  | { kind: 'opfs'; name: string }
  | { kind: 'memory' }
  | { kind: 'http'; url: string; token?: string }
  | { kind: 'folder'; path: string }

/** What another writer did to the library. */
export type Publication = { sequence: number } | { removed: true }

/** A part of a file, from a byte on, and what it is read into, which says how long it is. */
export interface FilePart {
  offset: number
  into: Uint8Array
}

export type NextParts = () => readonly FilePart[]

/** A place that a library is copied from and kept in step with. */
export interface Remote {
  /** It asks for a token, or for another: the copy answers meanwhile. */
  wantsToken: boolean
  /** It answers searches, too. */
  searches: boolean
  /** Searches go there: the library is not copied. */
  isAsked?: boolean
  /** Something much smaller has taken the library's place there; it is not taken over unless the person wants it. */
  replacement?: { pictures: number }
}

/** Holds the right to write; `release` gives it back. */
export interface WriterLock {
  release(): Promise<void>
}

/**
 * The place a library lives: immutable files named by the sha256 of their bytes, and one manifest that is replaced in one step.
 * Methods reject with a PicfindError: `no-space` when the store is full, `read-only` where writing is impossible.
 */
export interface Store {
  /** For people: the library's name, folder or address. */
  readonly name: string
  readonly readOnly: boolean
  /** A file's bytes, not yet verified; undefined if it is not there. */
  read(name: string): Promise<Uint8Array | undefined>
  /**
   * The same into memory of the caller's: `room` is called once with the size of the file and its answer filled at once. False if the file
   * is not there.
   */
  readInto?(name: string, room: (bytes: number) => Uint8Array): Promise<boolean>
  /**
   * Reads each part, then those of `next`, which may follow from what is in the first; false if the file is not there or ends before. Of a
   * store without it files are read whole.
   */
  readParts?(name: string, parts: readonly FilePart[], next?: NextParts): Promise<boolean>
  /**
   * What a record names by an address relative to the manifest, a thumbnail for example; undefined if it is not there, or not whole. Only
   * where addresses lead somewhere.
   */
  readBeside?(
    address: string,
    record: string,
    isWhole?: (bytes: Uint8Array) => Promise<boolean>,
  ): Promise<Blob | undefined>
  /** Drops what is kept of such things of records that are gone. */
  cleanBeside?(isThere: (record: string) => Promise<boolean>): Promise<void>
  /** An original, by an address relative to the manifest, which is not kept; undefined if it cannot be had. Only where addresses lead somewhere. */
  readOriginal?(address: string): Promise<Blob | undefined>
  /** Gives the server the small version of a picture, where it takes that from this client. */
  offerThumbnail?(path: string, jpeg: Uint8Array): Promise<void>
  /** Fetches a file that is not here yet, so that it is there without a network. Only where files come from elsewhere. */
  keep?(name: string): Promise<void>
  /** What there is to say of the place the library is copied from. Only where it is one that changes. */
  readonly remote?: Remote
  /** Takes what has taken the library's place. */
  takeReplacement?(): void
  /** Keeps an immutable file; writing a name again is allowed and changes nothing. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** The manifest published last; undefined for a new library. */
  readManifest(): Promise<Uint8Array | undefined>
  /** Replaces the manifest: after a crash either the old or the new one is there. Files must have been written before. */
  publish(manifest: Uint8Array, sequence: number): Promise<void>
  /** Drops every file that is not named in `keep`, once no reader is at work. */
  clean(keep: ReadonlySet<string>): Promise<void>
  /** Runs `work` while no file it may read is dropped. */
  reading<T>(work: () => Promise<T>): Promise<T>
  /** While another tab or process is the writer: undefined, or a `busy` error that tells more. */
  lockWriter(): Promise<WriterLock | undefined>
  /** The right to build the library's graph, as soon as no other tab has it. Throws the signal's reason. Only where tabs share what they build. */
  lockGraph?(signal: AbortSignal): Promise<WriterLock | undefined>
  /** Calls back when another writer publishes or removes the library; returns how to stop. */
  onPublish(callback: (publication: Publication) => void): () => void
  /** A private note about a source (where its files are); it stays with this store and is never published. */
  recall(source: string): Promise<unknown>
  remember(source: string, note: unknown): Promise<void>
  /** Removes the library with everything in it. */
  remove(): Promise<void>
  close(): void
}

/** Names of files in a store are sha256 in lower-case hex; anything else in the same folder is not a library's. */
export const fileNamePattern = /^[0-9a-f]{64}$/

/** Fills a part from the bytes of its whole file. */
export function copyPart(file: Uint8Array, { offset, into }: FilePart): void {
  into.set(file.subarray(offset, offset + into.length))
}
