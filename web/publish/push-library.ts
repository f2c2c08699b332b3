/** A library of one's own into one on a server: what the server does not have, or has otherwise. */
import type { CoreLibrary } from '../engine/core.ts'
import { PicfindError } from '../engine/errors.ts'
import { rowOf } from '../engine/lookups.ts'
import type { LibraryReader } from '../engine/reader.ts'
import { readPublicThumbnail, readRecord, readThumbnail } from '../engine/records.ts'
import { vectorOf } from '../engine/stored-vectors.ts'
import type { PictureRecord, SiteRecord } from '../engine/types.ts'
import type { SharedServer } from './shared-server.ts'

export interface PushRequest {
  library: LibraryReader
  /** The same server's library as it is published now. */
  there: LibraryReader
  server: SharedServer
  /** Name of the server's library. */
  name: string
  thumbnails: boolean
  /** Removes from the server what the library does not have any more of its folders. */
  deletes: boolean
  onProgress: (done: number, of: number) => void
}

export interface Pushed {
  added: number
  changed: number
  unchanged: number
  removed: number
  thumbnails: number
  skipped: { key: string; reason: string }[]
  /** Fields that the server does not keep. */
  leftOut: string[]
}

/** Of one request: half a megabyte at 512 dimensions. */
const recordsAtOnce = 100
/** The server publishes together what arrives together. */
const thumbnailsAtOnce = 8
/** Cosine from which two vectors are of one picture: int8 costs 0.0002, another picture 0.01 and more. */
const sameVector = 0.999
/** Fields of a record that a server can keep; ids, paths and hashes it makes itself. */
const fields = ['type', 'size', 'width', 'height', 'alt', 'caption', 'title', 'description', 'taken', 'camera'] as const

type AnyRecord = PictureRecord & SiteRecord

/** Throws `space` where the server's vectors are of another model. */
export async function pushLibrary(request: PushRequest): Promise<Pushed> {
  const { library, there, server, name, onProgress } = request
  const [own, others] = [library.manifest?.space, there.manifest?.space]
  if (own && others && own.sha256 !== others.sha256) {
    const message = `the server's library is of the model ${others.id}, this one of ${own.id}`
    throw new PicfindError('space', `${message}; index with that model, or start the server with this one's.`)
  }
  const pushed: Pushed = { added: 0, changed: 0, unchanged: 0, removed: 0, thumbnails: 0, skipped: [], leftOut: [] }
  const leftOut = new Set<string>()
  await library.read(async core => {
    const rows = core.newest(0, core.count).sort()
    for (let begin = 0; begin < rows.length; begin += recordsAtOnce) {
      const lines: string[] = []
      const thumbnails: { key: string; row: number }[] = []
      for (const row of rows.subarray(begin, begin + recordsAtOnce)) {
        const record = (await readRecord(library, core, row)) as AnyRecord | undefined
        if (!record) continue
        const vector = await vectorOf(library, core, row)
        const known = await find(there, `${name}/${record.id}`)
        if (request.thumbnails && known?.record.thumbnail === undefined) thumbnails.push({ key: record.id, row })
        if (known && isSame(record, vector, known)) {
          pushed.unchanged++
          continue
        }
        lines.push(JSON.stringify({ key: record.id, vector: numbersOf(vector), fields: fieldsOf(record) }))
        if (known) pushed.changed++
        else pushed.added++
      }
      // First, so that what is published of a record names its thumbnail.
      pushed.thumbnails += await pushThumbnails(library, core, server, thumbnails)
      if (lines.length > 0) {
        const answer = await server.write(lines.join('\n'))
        pushed.skipped.push(...answer.skipped)
        for (const field of answer.left_out) leftOut.add(field)
      }
      onProgress(Math.min(begin + recordsAtOnce, rows.length), rows.length)
    }
  })
  if (request.deletes) pushed.removed = await removeOthers(request)
  return { ...pushed, leftOut: [...leftOut].sort() }
}

interface Known {
  record: AnyRecord
  vector: Float32Array
}

/** What the server has under an id. */
async function find(there: LibraryReader, id: string): Promise<Known | undefined> {
  return there.read(async core => {
    const row = await rowOf(there, core, id).catch(unlessMissing)
    const record = row === undefined ? undefined : ((await readRecord(there, core, row)) as AnyRecord | undefined)
    return record && { record, vector: await vectorOf(there, core, row!) }
  })
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof PicfindError && error.code === 'not-found')) throw error
}

function isSame(record: AnyRecord, vector: Float32Array, known: Known): boolean {
  const product = vector.reduce((sum, x, i) => sum + x * known.vector[i]!, 0)
  // What the server does not say it was not told to keep.
  const differs = fields.some(field => known.record[field] !== undefined && known.record[field] !== record[field])
  return product >= sameVector && !differs
}

/** Nine digits say a float32 exactly. */
function numbersOf(vector: Float32Array): number[] {
  return Array.from(vector, x => Number(x.toPrecision(9)))
}

function fieldsOf(record: AnyRecord): Record<string, unknown> {
  return Object.fromEntries(
    fields.filter(field => record[field] !== undefined).map(field => [field, String(record[field])]),
  )
}

/** Returns how many there are. */
async function pushThumbnails(
  library: LibraryReader,
  core: CoreLibrary,
  server: SharedServer,
  wanted: readonly { key: string; row: number }[],
): Promise<number> {
  let pushed = 0
  const left = wanted.slice()
  const pushNext = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { key, row } = next
      const jpeg = (await readThumbnail(library, core, row)) ?? (await readPublicThumbnail(library, core, row))
      if (!jpeg) continue
      await server.writeThumbnail(key, new Uint8Array(jpeg))
      pushed++
    }
  }
  await Promise.all(Array.from({ length: thumbnailsAtOnce }, pushNext))
  return pushed
}

/** What lies on the server under this library's folders and is not in it any more. */
async function removeOthers({ library, there, server, name }: PushRequest): Promise<number> {
  const sources = library.manifest?.sources.map(source => `${source.name}/`) ?? []
  const gone = await there.read(async core => {
    const keys: string[] = []
    for (const row of core.newest(0, core.count)) {
      const id = (await readRecord(there, core, row))?.id
      if (id?.startsWith(`${name}/`)) keys.push(id.slice(name.length + 1))
    }
    return keys.filter(key => sources.some(source => key.startsWith(source)))
  })
  let removed = 0
  for (const key of gone) {
    const isHere = await library.read(core => rowOf(library, core, key).catch(unlessMissing))
    if (isHere !== undefined) continue
    await server.remove(key)
    removed++
  }
  return removed
}
