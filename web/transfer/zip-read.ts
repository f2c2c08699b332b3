/** Reads zips of any size by their directory, a file at a time. */
import {
  BlobReader,
  ERR_CENTRAL_DIRECTORY_NOT_FOUND,
  ERR_ENCRYPTED_CENTRAL_DIRECTORY,
  ERR_EOCDR_LOCATOR_ZIP64_NOT_FOUND,
  ERR_EOCDR_NOT_FOUND,
  ERR_SPLIT_ZIP_FILE,
  type FileEntry,
  Uint8ArrayWriter,
  ZipReader,
} from '@zip.js/zip.js/lib/zip-core-custom.js'
import { PicfindError } from '../engine/errors.ts'

/** What a zip begins with: the header of a file, or its end if it is empty (PKWARE's APPNOTE.TXT 6.3, 4.3.6). */
const starts = ['PK\x03\x04', 'PK\x05\x06']
/** Compression methods of zips: those that every browser undoes. */
const method = { stored: 0, deflated: 8 }

/** The files a zip says it has, by their `/`-separated paths. Throws `unsupported` for what is no zip or one of a kind not read here, `corrupt` for a damaged one. */
export async function readEntries(zip: Blob, name: string): Promise<Map<string, FileEntry>> {
  if (!starts.includes(await zip.slice(0, 4).text())) {
    throw new PicfindError('unsupported', `${name} is not a zip; choose one that Picfind has saved.`)
  }
  // Names are checked here: the strictest that the library has takes some that other systems read differently.
  const reader = new ZipReader(new BlobReader(zip), { filenameValidation: 'tolerant' })
  const entries = await reader.getEntries().catch(error => {
    throw directoryError(error, name)
  })
  for (const { filename, encrypted } of entries) {
    if (!isPlainPath(filename)) {
      throw new PicfindError(
        'corrupt',
        `${name} names the file “${filename}”, which would lie outside of it. Picfind does not make such zips; nothing was imported.`,
      )
    }
    if (encrypted) throw encryptedError(name)
  }
  return new Map(entries.flatMap(entry => (entry.directory ? [] : [[entry.filename, entry]])))
}

/** Relative, by `/` and by names alone. */
function isPlainPath(path: string): boolean {
  const parts = path.replace(/\/$/, '').split('/')
  return !/[\\\0]|^[a-z]:/i.test(path) && parts.every(part => part !== '' && part !== '.' && part !== '..')
}

/** A file's bytes, checked. Throws `too-large` beyond `limit` before anything is unpacked, `corrupt`, `unsupported`. */
export async function readZipped(entry: FileEntry, name: string, limit: number): Promise<Uint8Array> {
  const { filename, compressedSize, compressionMethod, uncompressedSize } = entry
  const subject = `${filename} in ${name}`
  if (uncompressedSize > limit || compressedSize > 2 * limit) {
    const claim = Math.max(uncompressedSize, compressedSize)
    throw new PicfindError('too-large', `${subject} claims ${claim} bytes; files of a library have ${limit} at most.`)
  }
  if (compressionMethod !== method.stored && compressionMethod !== method.deflated) {
    throw new PicfindError(
      'unsupported',
      `${subject} is compressed in a way that is not read here; unpack the zip and import the folder.`,
    )
  }
  try {
    // What would come after the size that is stated is never unpacked: the library stops there.
    return await entry.getData(new Uint8ArrayWriter(), { checkSignature: true, useWebWorkers: false })
  } catch (error) {
    throw isUnreadable(error) ? error : damaged(name, filename)
  }
}

function directoryError(error: unknown, name: string): unknown {
  if (isUnreadable(error)) return error
  switch ((error as Error).message) {
    case ERR_ENCRYPTED_CENTRAL_DIRECTORY:
      return encryptedError(name)
    case ERR_SPLIT_ZIP_FILE:
      return new PicfindError('unsupported', `${name} is a part of a zip; unpack all of it and import the folder.`)
    case ERR_EOCDR_NOT_FOUND:
    case ERR_EOCDR_LOCATOR_ZIP64_NOT_FOUND:
      return damaged(name, 'its end is missing')
    case ERR_CENTRAL_DIRECTORY_NOT_FOUND:
      return damaged(name, 'its directory breaks off')
    default:
      return damaged(name, 'its directory is not where it says')
  }
}

/** Of the browser, which cannot read the file itself: it has been changed or is gone. */
function isUnreadable(error: unknown): boolean {
  return error instanceof DOMException
}

function encryptedError(name: string): PicfindError {
  return new PicfindError('unsupported', `${name} is encrypted; unpack it and import the folder.`)
}

function damaged(name: string, what: string): PicfindError {
  return new PicfindError('corrupt', `${name} is damaged (${what}): nothing was imported. Download or copy it again.`)
}
