/** Libraries in and out of zips and folders: the parts of it that need no browser. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlobWriter, Uint8ArrayReader, ZipWriter as Zip64Writer } from '@zip.js/zip.js/lib/zip-core-custom.js'
import { unzipSync, zipSync } from 'fflate'
import { folder, Library, type SiteRecord } from 'picfind'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Core } from '../../dist/engine/core.js'
import { loadCore } from '../../dist/engine/core-loader.js'
import { LibraryReader } from '../../dist/engine/reader.js'
import { FolderStore } from '../../dist/engine/store-folder.js'
import { MemoryStore } from '../../dist/engine/store-memory.js'
import { type BundleOrigin, openBundleFiles } from '../../dist/transfer/bundle-files.js'
import { exportCopy } from '../../dist/transfer/export-copy.js'
import { folderName } from '../../dist/transfer/folder-name.js'
import { importLibrary } from '../../dist/transfer/import-library.js'
import { ZipSink } from '../../dist/transfer/sink.js'
import { addAll, TestSource, temporaryFolder, tinyModel } from './fixtures/libraries.ts'
import { bmp, type Colour } from './fixtures/pictures.ts'
import { indexSite, jpeg, writeSite } from './fixtures/sites.ts'

const colours: Record<string, Colour> = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] }
const core: Promise<Core> = loadCore({ core: new URL('../../dist/core/', import.meta.url).href, models: '' })
const nothing = () => {}

type Files = Record<string, Uint8Array>

/** A library of three pictures in a folder. */
async function makeLibrary(): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), 'picfind-test-'))
  const library = await Library.open({ store: folder(place), model: tinyModel })
  const files = Object.entries(colours).map(([name, colour]) => [`${name}.bmp`, bmp(colour, 40, 30)])
  await addAll(library, new TestSource('holiday', Object.fromEntries(files)))
  await library.close()
  return place
}

/** The zip of a library, as the page saves it. */
async function exported(place: string): Promise<Blob> {
  const sink = new ZipSink('holiday')
  const reader = new LibraryReader(await core, new FolderStore(place), nothing, { memoryBudget: 0 })
  await reader.refresh()
  await exportCopy(reader, sink, nothing).finally(() => reader.close())
  return sink.end()
}

const zipOf = (bytes: Uint8Array | Blob, name = 'holiday.zip'): BundleOrigin => ({
  kind: 'zip',
  file: new File([bytes as Uint8Array<ArrayBuffer>], name),
})
const filesOf = (files: Files): BundleOrigin => ({
  kind: 'files',
  name: 'holiday',
  files: Object.entries(files).map(([path, bytes]) => ({
    path,
    file: new File([bytes as Uint8Array<ArrayBuffer>], path),
  })),
})

async function filesOfZip(zip: Blob): Promise<Files> {
  return unzipSync(new Uint8Array(await zip.arrayBuffer()))
}

/** Tries an import and gives what came of it: the library, or the error and whether anything is left. */
async function imported(
  origin: BundleOrigin,
): Promise<{ store: MemoryStore; error?: { code?: string; message: string } }> {
  const store = new MemoryStore()
  try {
    await importLibrary(await core, await openBundleFiles(origin), store, nothing)
    return { store }
  } catch (error) {
    return { store, error: error as { code?: string; message: string } }
  }
}

async function openStore(store: MemoryStore): Promise<Library> {
  const library = await Library.open({ store, model: tinyModel })
  onTestFinished(() => library.close())
  return library
}

/** Ids and scores of all pictures for a few queries. */
async function answersOf(library: Library): Promise<unknown> {
  const queries = ['', 'red', { like: 'holiday/blue.bmp' }]
  return Promise.all(queries.map(async query => (await library.search(query)).map(({ id, score }) => [id, score])))
}

let place: string
let zip: Blob
let files: Files

beforeAll(async () => {
  place = await makeLibrary()
  zip = await exported(place)
  files = await filesOfZip(zip)
})

afterAll(() => rmSync(place, { recursive: true, force: true }))

describe('a library saved as a zip', () => {
  test('is the library as it is, in a folder of its name', async () => {
    const names = Object.keys(files)
    expect(names.at(-1)).toBe('holiday/manifest.json')
    for (const name of names) {
      expect(Buffer.from(files[name]!).equals(readFileSync(join(place, name.slice('holiday/'.length))))).toBe(true)
    }
    expect(Buffer.from(await (await exported(place)).arrayBuffer()).equals(Buffer.from(await zip.arrayBuffer()))).toBe(
      true,
    )
  })

  test.each(['zip', 'zip that was packed again', 'folder'])(
    'answers as before where it is imported as a %s',
    async kind => {
      const repacked = zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`a/b/${name}`, bytes])))
      const origin = kind === 'folder' ? filesOf(files) : zipOf(kind === 'zip' ? zip : repacked)
      const { store, error } = await imported(origin)
      expect(error).toBeUndefined()
      const before = await Library.open({ store: folder(place), model: tinyModel })
      onTestFinished(() => before.close())
      const after = await openStore(store)
      expect(await answersOf(after)).toEqual(await answersOf(before))
      expect((await after.thumbnail('holiday/red.bmp'))?.length).toBeGreaterThan(100)
      expect((await after.info()).notices).toEqual([])
    },
  )

  test('is also imported from a zip whose comment looks like its end', async () => {
    const bytes = Buffer.from(await zip.arrayBuffer())
    bytes.writeUInt16LE(22, bytes.length - 2)
    const comment = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18, 0xff)])
    const { store, error } = await imported(zipOf(Buffer.concat([bytes, comment])))
    expect(error).toBeUndefined()
    expect((await (await openStore(store)).info()).pictures).toBe(3)
  })

  test('is also imported from a zip64, which zips of many files or more than 4 GB are', async () => {
    const writer = new Zip64Writer(new BlobWriter(), { zip64: true, level: 0 })
    for (const [path, bytes] of Object.entries(files)) await writer.add(path, new Uint8ArrayReader(bytes))
    const { store, error } = await imported(zipOf(await writer.close()))
    expect(error).toBeUndefined()
    expect((await (await openStore(store)).info()).pictures).toBe(3)
  })

  test('can be added to afterwards, and knows what it has', async () => {
    const { store } = await imported(zipOf(zip))
    const library = await openStore(store)
    const source = new TestSource('holiday', {
      'red.bmp': bmp(colours.red!, 40, 30),
      'grey.bmp': bmp([99, 99, 99], 40, 30),
    })
    expect(await addAll(library, source)).toMatchObject({ indexed: 1, unchanged: 1, deleted: 2 })
  })
})

describe('the bundle of a site', () => {
  test('becomes a library that holds its thumbnails, also from a zip of the whole site', async () => {
    const site = writeSite(temporaryFolder(), {
      'index.html': '<img src="red.jpg" alt="something red"><img src="big.jpg" srcset="big.jpg 900w, small.jpg 300w">',
      'red.jpg': await jpeg('red', 300, 200),
      'big.jpg': await jpeg('blue', 900, 600),
      'small.jpg': await jpeg('blue', 300, 200),
    })
    await indexSite(site, temporaryFolder())
    const { store, error } = await imported(zipOf(zipSync(filesIn(site))))
    expect(error).toBeUndefined()
    const library = await openStore(store)
    for (const id of ['site/red.jpg', 'site/big.jpg'])
      expect((await library.thumbnail(id))?.length).toBeGreaterThan(100)
    const record = (await library.record('site/red.jpg')) as SiteRecord
    expect(record).toMatchObject({ alt: 'something red', width: 300 })
    expect(record).not.toHaveProperty('thumbnail')
    expect((await library.search('red'))[0]?.id).toBe('site/red.jpg')
  })

  test('does not become a library where a thumbnail that it has made is damaged', async () => {
    const site = writeSite(temporaryFolder(), { 'red.jpg': await jpeg('red', 900, 600) })
    await indexSite(site, temporaryFolder())
    const all = filesIn(site)
    const thumbnail = Object.keys(all).find(path => path.includes('/thumbs/'))!
    const bytes = all[thumbnail]!
    bytes[bytes.length >> 1]! ^= 1
    const { error } = await imported(zipOf(zipSync(all)))
    expect(error).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(thumbnail.slice(thumbnail.indexOf('thumbs/'))),
    })
  })
})

/** All files of a site, in a folder. */
function filesIn(site: string): Files {
  const all = readdirSync(site, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Object.fromEntries(
    all.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [`my-site/${path.slice(site.length + 1)}`, new Uint8Array(readFileSync(path))]
    }),
  )
}

/** A copy of a zip with its directory's entries changed (APPNOTE 4.3.12). */
function inDirectory(zip: Uint8Array, change: (entry: Buffer, i: number) => void): Buffer {
  const bytes = Buffer.from(zip)
  let i = 0
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4)) {
    change(bytes.subarray(at), i++)
  }
  return bytes
}

/** Changes a byte of the largest file in a zip's folder. */
function withChangedByte(all: Files): Files {
  const [name, bytes] = Object.entries(all)
    .filter(([name]) => /[0-9a-f]{64}$/.test(name))
    .sort(([, a], [, b]) => b.length - a.length)[0]!
  const changed = bytes.slice()
  changed[changed.length >> 1]! ^= 1
  return { ...all, [name]: changed }
}

/** Every place of `from` in a zip, in names for example, overwritten. */
function overwritten(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes)
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + 1)) text.write(to, at, 'latin1')
  return text
}

describe('nothing is imported of', () => {
  const whole = async () => new Uint8Array(await zip.arrayBuffer())
  const manifest = (change: object) => {
    const stored = JSON.parse(Buffer.from(files['holiday/manifest.json']!).toString())
    return { ...files, 'holiday/manifest.json': Buffer.from(JSON.stringify({ ...stored, ...change })) }
  }
  const cases: [what: string, code: string, says: RegExp, make: () => Promise<BundleOrigin>][] = [
    [
      'a zip that breaks off',
      'corrupt',
      /damaged \(its end is missing\)/,
      async () => zipOf((await whole()).slice(0, -3000)),
    ],
    [
      'a zip with a changed byte',
      'corrupt',
      /damaged/,
      async () => zipOf(overwritten(await whole(), 'pf.int8', 'pf.INT8')),
    ],
    ['a folder with a changed byte', 'corrupt', /is damaged/, async () => filesOf(withChangedByte(files))],
    ['a zip packed with a changed byte', 'corrupt', /is damaged/, async () => zipOf(zipSync(withChangedByte(files)))],
    [
      'a folder that lacks a file',
      'corrupt',
      /is missing/,
      async () => filesOf(Object.fromEntries(Object.entries(files).slice(1))),
    ],
    ['a file that is no zip', 'unsupported', /is not a zip/, async () => zipOf(new Uint8Array(5000))],
    ['an empty file', 'unsupported', /is not a zip/, async () => zipOf(new Uint8Array())],
    [
      'a zip of something else',
      'not-found',
      /no library in/,
      async () => zipOf(zipSync({ 'a.txt': new Uint8Array(9) })),
    ],
    [
      'a zip with a manifest of something else',
      'not-found',
      /no library in/,
      async () => zipOf(zipSync({ 'manifest.json': Buffer.from('{"name":"an app"}') })),
    ],
    [
      'a zip with a path that leads out of it',
      'corrupt',
      /would lie outside/,
      async () => zipOf(zipSync({ ...files, '../../evil': new Uint8Array(9) })),
    ],
    [
      'a zip with the path of another system',
      'corrupt',
      /would lie outside/,
      async () => zipOf(zipSync({ ...files, 'C:\\evil': new Uint8Array(9) })),
    ],
    [
      'a zip that is encrypted',
      'unsupported',
      /is encrypted/,
      async () => zipOf(inDirectory(await whole(), entry => entry.writeUInt16LE(entry.readUInt16LE(8) | 1, 8))),
    ],
    [
      'a zip that is compressed in another way',
      'unsupported',
      /manifest\.json in holiday\.zip is compressed in a way/,
      async () => zipOf(inDirectory(await whole(), entry => entry.writeUInt16LE(12, 10))),
    ],
    [
      'a zip whose directory breaks off',
      'corrupt',
      /damaged \(its directory breaks off\)/,
      async () => zipOf(inDirectory(await whole(), (entry, i) => i === 1 && entry.fill(0, 0, 4))),
    ],
    ['a bundle of a newer format', 'version', /format 99/, async () => filesOf(manifest({ format: 99 }))],
    [
      'a manifest that names nothing that is there',
      'corrupt',
      /./,
      async () => filesOf(manifest({ mean: '0'.repeat(64) })),
    ],
  ]
  test.each(cases)('%s', async (_, code, says, make) => {
    const { store, error } = await imported(await make())
    expect(error).toMatchObject({ code })
    expect(error?.message).toMatch(says)
    expect(await store.readManifest()).toBeUndefined()
    for (const name of Object.keys(files)) expect(await store.read(name.slice('holiday/'.length))).toBeUndefined()
  })

  test('a zip that would unpack to far more than a library can be', async () => {
    const bomb = zipSync({ ...files, 'holiday/manifest.json': new Uint8Array(60_000_000) })
    expect(bomb.length).toBeLessThan(200_000)
    expect((await imported(zipOf(bomb))).error).toMatchObject({ code: 'too-large' })
    // The directory states a small size: what is beyond it is never unpacked.
    const small = inDirectory(bomb, entry => entry.readUInt32LE(24) === 60_000_000 && entry.writeUInt32LE(1000, 24))
    expect((await imported(zipOf(small))).error).toMatchObject({ code: 'corrupt' })
  })
})

test('a library is not imported over another', async () => {
  const { store } = await imported(zipOf(zip))
  const before = await store.readManifest()
  await expect(importLibrary(await core, await openBundleFiles(zipOf(zip)), store, nothing)).rejects.toMatchObject({
    code: 'usage',
  })
  expect(await store.readManifest()).toEqual(before)
})

test('names become folders that every system takes', () => {
  expect(folderName('Trips: 2024/25')).toBe('Trips- 2024-25')
  expect(folderName('..')).toBe('library')
  expect(folderName('我的图片')).toBe('我的图片')
})
