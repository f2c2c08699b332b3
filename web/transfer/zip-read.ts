/** Reads zips of any size by their directory, a file at a time. Layouts and section numbers are those of PKWARE's APPNOTE.TXT 6.3. */
import { inflateSync } from 'fflate'
import { PicfindError } from '../engine/errors.ts'
import { crc32 } from './crc32.ts'

export interface ZipEntry {
  /** `/`-separated, inside the zip. */
  path: string
  /** Bytes of the file as the directory states them. */
  size: number
  packed: number
  method: number
  crc: number
  /** Of its local header, from the beginning of the zip. */
  offset: number
}

const signature = { local: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 }
const length = { local: 30, entry: 46, end: 22 }
const mostComment = 0xffff
const method = { stored: 0, deflated: 8 }
const flags = { encrypted: 1, utf8: 1 << 11 }
/** Fields with these values have theirs in a zip64 record. */
const beyond16 = 0xffff
const beyond32 = 0xffffffff

/** The files a zip says it has. Throws `unsupported` for what is no zip or one of a kind not read here, `corrupt` for a damaged one. */
export async function readEntries(zip: Blob, name: string): Promise<ZipEntry[]> {
  const start = await viewOf(zip, 0, 4)
  const isZip = start.byteLength === 4 && [signature.local, signature.end].includes(start.getUint32(0, true))
  if (!isZip) throw new PicfindError('unsupported', `${name} is not a zip; choose one that Picfind has saved.`)
  const { count, offset, bytes } = await readEnd(zip, name)
  if (count === beyond16 || offset === beyond32 || bytes === beyond32) {
    throw new PicfindError(
      'unsupported',
      `${name} is a zip64, which is not read here; unpack it and import the folder.`,
    )
  }
  const directory = await viewOf(zip, offset, bytes)
  const entries: ZipEntry[] = []
  for (let at = 0, i = 0; i < count; i++) {
    const whole = at + length.entry <= directory.byteLength && directory.getUint32(at, true) === signature.entry
    if (!whole) throw damaged(name, 'its directory breaks off')
    const next = at + length.entry + directory.getUint16(at + 28, true) + directory.getUint16(at + 30, true)
    const entry = readEntry(directory, at, name)
    if (!entry.path.endsWith('/')) entries.push(entry)
    at = next + directory.getUint16(at + 32, true)
  }
  return entries
}

/** The end record, which may be followed by a comment (4.3.16). */
async function readEnd(zip: Blob, name: string): Promise<{ count: number; offset: number; bytes: number }> {
  const from = Math.max(0, zip.size - length.end - mostComment)
  const tail = await viewOf(zip, from, zip.size - from)
  for (let at = tail.byteLength - length.end; at >= 0; at--) {
    if (tail.getUint32(at, true) !== signature.end) continue
    const [count, bytes, offset] = [
      tail.getUint16(at + 10, true),
      tail.getUint32(at + 12, true),
      tail.getUint32(at + 16, true),
    ]
    if (offset !== beyond32 && offset + bytes > from + at) throw damaged(name, 'its directory is not where it says')
    return { count, offset, bytes }
  }
  throw damaged(name, 'its end is missing')
}

/** 4.3.12 */
function readEntry(directory: DataView, at: number, zip: string): ZipEntry {
  const nameBytes = new Uint8Array(
    directory.buffer,
    directory.byteOffset + at + length.entry,
    Math.min(directory.getUint16(at + 28, true), directory.byteLength - at - length.entry),
  )
  const flag = directory.getUint16(at + 8, true)
  const path = new TextDecoder(flag & flags.utf8 ? 'utf-8' : 'windows-1252').decode(nameBytes)
  if (!isPlainPath(path)) {
    throw new PicfindError(
      'corrupt',
      `${zip} names the file “${path}”, which would lie outside of it. Picfind does not make such zips; nothing was imported.`,
    )
  }
  if (flag & flags.encrypted) {
    throw new PicfindError('unsupported', `${zip} is encrypted; unpack it and import the folder.`)
  }
  return {
    path,
    method: directory.getUint16(at + 10, true),
    crc: directory.getUint32(at + 16, true),
    packed: directory.getUint32(at + 20, true),
    size: directory.getUint32(at + 24, true),
    offset: directory.getUint32(at + 42, true),
  }
}

/** Relative, by `/` and by names alone. */
function isPlainPath(path: string): boolean {
  const parts = path.replace(/\/$/, '').split('/')
  return !/[\\\0]|^[a-z]:/i.test(path) && parts.every(part => part !== '' && part !== '.' && part !== '..')
}

/** A file's bytes, checked. Throws `too-large` beyond `limit` before anything is unpacked, `corrupt`, `unsupported`. */
export async function readZipped(zip: Blob, entry: ZipEntry, name: string, limit: number): Promise<Uint8Array> {
  const subject = `${entry.path} in ${name}`
  if (entry.size > limit || entry.packed > 2 * limit) {
    const claim = Math.max(entry.size, entry.packed)
    throw new PicfindError('too-large', `${subject} claims ${claim} bytes; files of a library have ${limit} at most.`)
  }
  const header = await viewOf(zip, entry.offset, length.local)
  if (header.byteLength < length.local || header.getUint32(0, true) !== signature.local) throw damaged(name, entry.path)
  const begin = entry.offset + length.local + header.getUint16(26, true) + header.getUint16(28, true)
  const packed = new Uint8Array(await zip.slice(begin, begin + entry.packed).arrayBuffer())
  const bytes = unpack(packed, entry, subject)
  if (bytes?.length !== entry.size || crc32(bytes) !== entry.crc) throw damaged(name, entry.path)
  return bytes
}

/** undefined where it does not unpack. Never more than the size that is stated: what would come after is not kept. */
function unpack(packed: Uint8Array, { method: by, size }: ZipEntry, subject: string): Uint8Array | undefined {
  if (by === method.stored) return packed
  if (by !== method.deflated) {
    throw new PicfindError('unsupported', `${subject} is compressed in a way that is not read here; unpack the zip.`)
  }
  try {
    return inflateSync(packed, { out: new Uint8Array(size) })
  } catch {
    return undefined
  }
}

function damaged(name: string, what: string): PicfindError {
  return new PicfindError('corrupt', `${name} is damaged (${what}): nothing was imported. Download or copy it again.`)
}

async function viewOf(blob: Blob, offset: number, bytes: number): Promise<DataView> {
  return new DataView(await blob.slice(offset, offset + bytes).arrayBuffer())
}
