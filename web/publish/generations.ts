import { createHash } from 'node:crypto'
import type { Core } from '../engine/core.ts'
import { LibraryReader } from '../engine/reader.ts'
import { readRecord } from '../engine/records.ts'
import { FolderStore } from '../engine/store-folder.ts'
import type { SiteRecord } from '../engine/types.ts'
import type { BundleFolder } from './bundle-folder.ts'
import { hashesIn, parseJson } from './named-files.ts'
import { tellsAll } from './site-record.ts'

interface BundleManifest {
  parent?: string
  bundle?: { code?: string; file: string }
  segments: { file: string }[]
}

/**
 * What a bundle keeps: all that its manifest leads to and, as `previous` says, of the generation before it what tells nothing that has
 * been withdrawn since, so that pages that are open go on. It follows from what is in the folder, so a run that was killed is made up
 * for by the next.
 */
export async function filesToKeep(
  core: Core,
  folder: BundleFolder,
  records: ReadonlyMap<string, SiteRecord>,
  previous: boolean,
): Promise<Set<string>> {
  const manifest = (await folder.store.readManifest())!
  const keep = await reachable(folder, manifest)
  for (const { thumbnail } of records.values()) if (thumbnail !== undefined) keep.add(thumbnail)
  const { parent } = parseJson(manifest) as BundleManifest
  const before = parent !== undefined && previous ? await folder.store.read(parent) : undefined
  if (parent === undefined || !before || createHash('sha256').update(before).digest('hex') !== parent) return keep
  keep.add(parent)
  for (const name of await keptOf(core, folder, before, records)) keep.add(name)
  return keep
}

/** Of the generation before. */
async function keptOf(
  core: Core,
  folder: BundleFolder,
  before: Uint8Array,
  records: ReadonlyMap<string, SiteRecord>,
): Promise<Set<string>> {
  const { withdrawn, thumbnails } = await compare(core, new EarlierStore(folder.path, before), records)
  const kept = await reachable(folder, before)
  const drop = async (name: string) => {
    for (const file of await folder.reachableFrom([name])) kept.delete(file)
  }
  const { segments, bundle } = parseJson(before) as BundleManifest
  let isWhole = withdrawn.size === 0
  for (const { file } of segments) {
    const files = await folder.reachableFrom([file])
    const there = await Promise.all(Array.from(files, name => folder.has(name)))
    // Something of it has been withdrawn, now or by a run that was killed.
    if (there.every(Boolean) && ![...files].some(name => withdrawn.has(name))) continue
    isWhole = false
    await drop(file)
  }
  // Quick search has something of every picture.
  if (!isWhole && bundle) await drop(bundle.file)
  for (const thumbnail of thumbnails) kept.add(thumbnail)
  return kept
}

/** Packs with a record that is not told any more as it was, and thumbnails of pictures that are still there. */
async function compare(core: Core, store: FolderStore, records: ReadonlyMap<string, SiteRecord>) {
  const withdrawn = new Set<string>()
  const thumbnails = new Set<string>()
  const pictures = new Set(Array.from(records.values(), ({ sha256 }) => sha256))
  const reader = new LibraryReader(core, store, () => {})
  try {
    await reader.refresh()
    await reader.holdLookups()
    await reader.read(async library => {
      for (const row of library.newest(0, library.count)) {
        const { file } = library.recordPlace(row)
        const record = (await readRecord(reader, library, row)) as SiteRecord | undefined
        const today = record && records.get(record.id)
        if (!record || !today || !tellsAll(record, today)) withdrawn.add(file)
        if (record?.thumbnail !== undefined && pictures.has(record.sha256)) thumbnails.add(record.thumbnail)
      }
    })
  } finally {
    await reader.close()
  }
  return { withdrawn, thumbnails }
}

/** The folder as it was under an earlier manifest. */
class EarlierStore extends FolderStore {
  readonly #manifest: Uint8Array

  constructor(path: string, manifest: Uint8Array) {
    super(path)
    this.#manifest = manifest
  }

  override async readManifest(): Promise<Uint8Array> {
    return this.#manifest
  }
}

/** Files that a manifest leads to, directly or through files that it names, and the folder of its code. */
async function reachable(folder: BundleFolder, manifest: Uint8Array): Promise<Set<string>> {
  const { parent: _, ...content } = parseJson(manifest) as BundleManifest
  const { code } = content.bundle ?? {}
  const files = await folder.reachableFrom(hashesIn(content))
  if (code !== undefined) files.add(`code/${code}`)
  return files
}
