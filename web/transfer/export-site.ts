/** A library as a bundle for a site: what `picfind index --site` writes, from a library that is there already. */
import { PicfindError } from '../engine/errors.ts'
import type { LibraryReader } from '../engine/reader.ts'
import { readRecord, readThumbnail } from '../engine/records.ts'
import { readInt8 } from '../engine/stored-vectors.ts'
import { thumbnailAddress } from '../engine/thumbnail-name.ts'
import type { PictureRecord, SiteRecord } from '../engine/types.ts'
import { descriptorOf } from '../publish/bundle-descriptor.ts'
import { keepFullList } from '../publish/bundle-full.ts'
import { BundleLibrary, type BundleRow, firstBase, type PublicSource } from '../publish/bundle-library.ts'
import { keepModel, type PublishedModel } from '../publish/bundle-model.ts'
import { keepQuick } from '../publish/bundle-quick.ts'
import { quickFormat } from '../quick/formats.ts'
import type { OnStep } from './each-file.ts'
import { expectWhole } from './expect-file.ts'
import { readStart } from './library-start.ts'
import { manifestName } from './manifest-head.ts'
import type { Sink } from './sink.ts'
import { SinkFolder } from './sink-folder.ts'
import { fetchSiteCode, type SiteCode } from './site-code.ts'

export interface SiteExport {
  model: PublishedModel
  code: SiteCode
  /** Address of the page, which the code is fetched from. */
  page: string
  /** Where the pictures themselves are, relative to the bundle, each source in a folder of its name; ends in a slash. */
  originals: string
}

/** Rows read at a time. */
const rowsAtATime = 4096

/**
 * Writes library, thumbnails, quick search, the model's text towers and the code of pages. Times of files are left out. Throws
 * `corrupt`, `download`, `not-found` for a library without pictures.
 */
export async function exportSite(reader: LibraryReader, sink: Sink, site: SiteExport, onStep: OnStep): Promise<void> {
  const folder = new SinkFolder(reader.core, sink)
  const { code, model } = site
  const { rows, start, sources } = await reader.read(async library => {
    if (library.count === 0) throw new PicfindError('not-found', 'This library has no pictures yet; add some first.')
    return {
      rows: await readRows(reader, sink, onStep),
      start: await readStart(reader),
      sources: (reader.manifest?.sources ?? []).map(({ name, url }) => publicSource(name, url, site.originals)),
    }
  })
  const base = firstBase(reader.core, start, rows)
  const bundle = new BundleLibrary(reader.core, base, rows, sources)
  try {
    for (const { bytes } of bundle.files) folder.keep(bytes)
    const { vectors, names } = bundle.load()
    const { entry, files } = await keepModel(model, folder, false)
    const full = keepFullList(folder, bundle.files, names, files, false)
    await folder.flush()
    const pictures = rows.map(({ record }, i) => ({ record, vector: vectors[i]! }))
    const input = { rows: pictures, model: model.manifest, read: model.read, core: reader.core }
    const quick = await keepQuick(input, folder, undefined, {
      model: `${quickFormat} ${code.code} ${folder.keep(model.text)}`,
      from: [quickFormat, code.code, entry, bundle.segments],
    })
    const descriptor = descriptorOf({ base: '../', full, model: entry, quick })
    const manifest = bundle.manifest({ file: folder.keep(descriptor), code: code.code })
    await folder.flush()
    for await (const [path, content] of fetchSiteCode(site.page, code))
      await sink.write(`code/${code.code}/${path}`, content)
    await sink.write('picfind.js', new TextEncoder().encode(code.loader))
    await sink.write(manifestName, manifest)
  } finally {
    bundle.close()
  }
}

/** In the order of their ids, as bundles have them; thumbnails are written as they are come upon. */
async function readRows(reader: LibraryReader, sink: Sink, onStep: OnStep): Promise<BundleRow[]> {
  const { library } = reader
  const { dim } = library
  const numbers = library.newest(0, library.count).sort()
  const rows: BundleRow[] = []
  const written = new Set<string>()
  for (let begin = 0; begin < numbers.length; begin += rowsAtATime) {
    const chunk = numbers.subarray(begin, begin + rowsAtATime)
    const int8 = await readInt8(reader, library, chunk)
    expectWhole(reader)
    for (const [i, number] of chunk.entries()) {
      const record = (await readRecord(reader, library, number)) as (PictureRecord & SiteRecord) | undefined
      const jpeg = await readThumbnail(reader, library, number)
      expectWhole(reader)
      // Pages are those of a site it was once imported from.
      const { modified: _, pages: __, ...known } = record!
      const thumbnail = jpeg?.length ? thumbnailAddress(reader.core.sha256(jpeg)) : undefined
      if (jpeg && thumbnail !== undefined && !written.has(thumbnail)) {
        written.add(thumbnail)
        await sink.write(thumbnail, jpeg)
      }
      const values = int8!.values.slice(i * dim, (i + 1) * dim)
      const site: SiteRecord = thumbnail === undefined ? known : { ...known, thumbnail }
      rows.push({ record: site, vector: { values, scale: int8!.scales[i]! } })
      onStep(rows.length, numbers.length)
    }
  }
  return rows.sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
}

/** Where the pictures of a source are: as it was known before, else in a folder of its name. */
function publicSource(name: string, url: string | undefined, originals: string): PublicSource {
  if (url !== undefined && URL.canParse(url)) return { name, url }
  return { name, url: `${originals}${encodeURIComponent(name)}/` }
}
