import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, Library, type SiteRecord } from 'picfind'
import { expect, onTestFinished, test } from 'vitest'
import { BundleFolder } from '../../dist/publish/bundle-folder.js'
import { temporaryFolder } from './fixtures/libraries.ts'
import { bmp, type Colour } from './fixtures/pictures.ts'
import { filesOf, holds, indexSite, jpeg, writeSite } from './fixtures/sites.ts'
import { picfind, tinyModel } from './picfind-process.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const picture = (...colour: Colour) => bmp(colour, 64, 64)

/** The records of a bundle by their paths: a bundle is a library. */
async function recordsOf(bundle: string): Promise<Map<string, SiteRecord>> {
  const library = await Library.open({ store: folder(bundle), model: tinyModel })
  onTestFinished(() => library.close())
  const hits = await library.search('', { k: 10_000 })
  const records = await Promise.all(hits.map(({ id }) => library.record(id) as Promise<SiteRecord>))
  expect((await library.info()).notices).toEqual([])
  return new Map(records.map(record => [record.path, record]))
}

/** A site in a folder of its own, with the cache beside it. */
function newSite(files: Record<string, string | Uint8Array>) {
  const root = temporaryFolder()
  const site = writeSite(join(root, 'public'), files)
  const bundle = join(site, 'picfind')
  const cache = join(root, 'cache')
  return { root, site, bundle, cache, index: (...options: string[]) => indexSite(site, cache, ...options) }
}

const manifestOf = (bundle: string) =>
  JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')) as {
    bundle: { file: string }
    segments: { file: string }[]
    parent: string
  }

const descriptorOf = (bundle: string) =>
  JSON.parse(readFileSync(join(bundle, manifestOf(bundle).bundle.file), 'utf8')) as {
    base: string
    full: { bytes: number; files: string }
    quick: { file: string; contents: string }
    model: { id: string; files: Record<string, string | string[]> }
  }

/** All files of quick search. */
function quickFilesOf(bundle: string): string[] {
  const { contents } = descriptorOf(bundle).quick
  return (JSON.parse(readFileSync(join(bundle, contents), 'utf8')) as { files: string[] }).files
}

test('a site’s pictures are published with what its pages say of them', async () => {
  const { bundle, index } = newSite({
    'index.html': `<title>Home &amp; garden</title><img src="img/red.jpg" alt="A red <door>" title="Door">
      <figure><picture><source srcset="img/blue-320.jpg 320w, img/blue.jpg 640w"><img src="img/blue.jpg"></picture>
      <figcaption>The <em>sea</em></figcaption></figure>`,
    'blog/post one.html': '<title>Post</title><img src="../img/red.jpg">',
    'img/red.jpg': await jpeg('#f00', 640, 480),
    'img/blue.jpg': await jpeg('#00f', 640, 480),
    'img/blue-320.jpg': await jpeg('#00f', 320, 240),
    'img/unused.jpg': await jpeg('#0f0', 640, 480),
  })
  const { answer, result } = await index()
  expect(result.code).toBe(0)
  expect(answer).toMatchObject({ found: 2, new: 2, pictures: 2, pages: 2, changed: true })
  expect(answer.leftOut).toEqual([{ path: 'img/unused.jpg', reason: 'unmentioned' }])
  const records = await recordsOf(bundle)
  expect(records.get('img/red.jpg')).toMatchObject({
    id: 'site/img/red.jpg',
    width: 640,
    height: 480,
    alt: 'A red <door>',
    title: 'Door',
    thumbnail: expect.stringMatching(/^thumbs\//),
    pages: [
      { url: 'blog/post%20one.html', title: 'Post' },
      { url: './', title: 'Home & garden' },
    ],
  })
  expect(records.get('img/blue.jpg')).toMatchObject({ caption: 'The sea', thumbnail: '../img/blue-320.jpg' })
  const { thumbnail } = records.get('img/red.jpg')!
  expect(thumbnail).toBe(`thumbs/own-${sha256(readFileSync(join(bundle, thumbnail!))).slice(0, 16)}.jpg`)
  expect(records.get('img/red.jpg')).not.toHaveProperty('modified')
  expect(descriptorOf(bundle)).toMatchObject({ base: '../', model: { files: { 'model.json': expect.any(String) } } })
  expect(Object.keys(descriptorOf(bundle).model.files)).not.toContain('vision.onnx')
})

test('a folder of pictures is published without pages', async () => {
  const { bundle, index } = newSite({ 'a/1.bmp': picture(255, 0, 0), '2.jpg': await jpeg('#0f0', 800, 600) })
  expect((await index()).answer).toMatchObject({ pictures: 2, leftOut: [] })
  const records = await recordsOf(bundle)
  expect([...records.keys()].sort()).toEqual(['2.jpg', 'a/1.bmp'])
  expect(records.get('2.jpg')).not.toHaveProperty('pages')
})

test('a site without pictures has a bundle, and is told so', async () => {
  const { site, bundle, cache, index } = newSite({ 'index.html': '<p>Words</p>' })
  expect((await index()).answer).toMatchObject({ pictures: 0, changed: true })
  expect(await recordsOf(bundle)).toEqual(new Map())
  const env = { XDG_CACHE_HOME: cache }
  const { code, stderr } = await picfind(['index', site, '--site', site, '--model', tinyModel], { env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'picfind: there are no pictures to find\n' })
})

test('what is left out is listed with its reason', async () => {
  const { index } = newSite({
    '.picfindignore': '# private\n/drafts/\n*.gif\n!keep.gif\n',
    'index.html': `<img src=shown.bmp><img src=icon.bmp><img src=logo.svg><img src=cut.jpg>
      <p data-picfind-ignore><img src=ignored.bmp></p><img src=drafts/d.bmp><img src=x.gif><img src=secret/s.bmp>`,
    'hidden.html': '<meta name="robots" content="noindex"><img src=hidden.bmp><img src=shown.bmp>',
    'shown.bmp': picture(1, 2, 3),
    'icon.bmp': bmp([1, 1, 1], 200, 63),
    'logo.svg': '<svg/>',
    'cut.jpg': (await jpeg('#fff', 200, 200)).slice(0, 400),
    'ignored.bmp': picture(4, 5, 6),
    'hidden.bmp': picture(7, 8, 9),
    'lonely.bmp': picture(10, 11, 12),
    'drafts/d.bmp': picture(13, 14, 15),
    'secret/s.bmp': picture(16, 17, 18),
    'x.gif': 'GIF89a',
  })
  const { answer, result } = await index('--exclude', './secret')
  expect(result.code).toBe(3)
  expect(answer.pictures).toBe(1)
  expect(answer.skipped.map(({ path }) => path)).toEqual(['cut.jpg'])
  expect(answer.leftOut.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    'hidden.bmp: noindex',
    'icon.bmp: small',
    'ignored.bmp: ignored',
    'logo.svg: svg',
    'lonely.bmp: unmentioned',
    'x.gif: excluded',
  ])
  expect((await index('--exclude', 'secret', '--all-pictures')).answer.pictures).toBe(2)
})

test('hostile names and texts stay texts', async () => {
  const name = `x"><img src=x onerror=alert(1)>#?%41.bmp`
  const { bundle, index } = newSite({
    'index.html': `<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>
      <img src="${encodeURIComponent(name)}" alt="&lt;script&gt;alert(2)&lt;/script&gt;"><img src="..%2f..%2foutside.bmp">`,
    [name]: picture(1, 2, 3),
    '../outside.bmp': picture(4, 5, 6),
    'sub/__proto__/constructor.bmp': picture(7, 8, 9),
    'sub/index.html': '<img src="__proto__/constructor.bmp" title="\u0000\u202e\\u003c">',
  })
  expect((await index()).answer.pictures).toBe(2)
  const record = (await recordsOf(bundle)).get(name)!
  expect(record).toMatchObject({ path: name, alt: '<script>alert(2)</script>' })
  expect(record.pages).toEqual([{ url: './', title: '<script>alert(1)</script>' }])
})

const gps = { GPSLatitudeRef: 'N', GPSLatitude: '48/1 51/1 29/1', GPSLongitudeRef: 'E', GPSLongitude: '2/1 17/1 40/1' }
const exif = {
  IFD0: { Make: 'Nikon', Model: 'NIKON D90', Artist: 'Olga Owner', ImageDescription: 'A tower' },
  IFD2: { DateTimeOriginal: '2019:07:14 10:11:12', OffsetTimeOriginal: '+02:00', BodySerialNumber: '6037142' },
  IFD3: gps,
}
const xmp = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
  xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Eiffel</rdf:li></rdf:Alt>
  </dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`

test('of a file’s metadata only what is no secret is published', async () => {
  const { site, bundle, cache, index } = newSite({ 'tower.jpg': await jpeg('#888', 400, 300, { exif, xmp }) })
  const { answer } = await index()
  expect(answer.located).toEqual(['tower.jpg'])
  expect((await recordsOf(bundle)).get('tower.jpg')).toMatchObject({
    title: 'Eiffel',
    description: 'A tower',
    taken: '2019-07-14T10:11:12+02:00',
    camera: 'NIKON D90',
  })
  const located = readFileSync(join(site, 'tower.jpg'))
  for (const secret of ['6037142', 'Olga', site]) expect(holds(bundle, secret), secret).toBe(false)
  // The coordinates as the file has them, and as numbers.
  const rationals = Buffer.from([48, 0, 0, 0, 1, 0, 0, 0, 51, 0, 0, 0, 1, 0, 0, 0])
  const spellings = [rationals, Buffer.from(rationals).swap32(), '48.85', '48/1', '48,51']
  expect(spellings.some(spelling => located.includes(spelling))).toBe(true)
  for (const spelling of spellings) expect(holds(bundle, spelling), String(spelling)).toBe(false)
  const env = { XDG_CACHE_HOME: cache }
  const { stderr } = await picfind(['index', site, '--site', site, '--model', tinyModel], { env })
  expect(stderr).toMatch(/GPS.*tower\.jpg/)

  await index('--gps')
  const { location } = (await recordsOf(bundle)).get('tower.jpg')!
  expect(location?.map(degrees => degrees.toFixed(3))).toEqual(['48.858', '2.294'])
  await index('--all-metadata')
  expect(Object.values((await recordsOf(bundle)).get('tower.jpg')!.metadata!)).toContain('Olga Owner')
  await index()
  expect(holds(bundle, 'Olga')).toBe(false)
  expect(holds(bundle, '48.85')).toBe(false)
})

const numberedSite = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p/${i}.bmp`, picture(i % 256, i >> 8, 77)]))

test('what full search fetches is listed with its sizes: the library and the text towers', async () => {
  const { bundle, index } = newSite({ 'red.jpg': await jpeg('#f00', 640, 480) })
  await index()
  const { full, model } = descriptorOf(bundle)
  const list = JSON.parse(readFileSync(join(bundle, full.files), 'utf8')) as Record<string, Record<string, number>>
  const sizes = { ...list.needed, ...list.further }
  const total = Object.entries(sizes).reduce((sum, [name, bytes]) => {
    expect(readFileSync(join(bundle, name)).length).toBe(bytes)
    return sum + bytes
  }, 0)
  expect(full.bytes).toBe(total)
  expect(Object.keys(sizes)).toEqual(expect.arrayContaining(Object.values(model.files).flat()))
  const segment = JSON.parse(readFileSync(join(bundle, manifestOf(bundle).segments[0]!.file), 'utf8'))
  const [records] = (JSON.stringify(segment.records).match(/[0-9a-f]{64}/) ?? []) as string[]
  expect(Object.keys(list.further!)).toEqual([records])
})

test('the same pictures are the same bytes, in whatever order they came into the folder', async () => {
  const files = numberedSite(60)
  const shuffled = Object.fromEntries(
    Object.entries(files).sort(([a], [b]) => (a.slice(2) + a < b.slice(3) + b ? 1 : -1)),
  )
  expect(Object.keys(shuffled)).not.toEqual(Object.keys(files))
  const [one, other] = [newSite(files), newSite(shuffled)]
  await one.index()
  await other.index()
  expect(filesOf(one.bundle)).toEqual(filesOf(other.bundle))
})

test('an update encodes nothing that is known, renames are free, and what did not change keeps its name', async () => {
  const { root, site, bundle, index } = newSite(numberedSite(16))
  await index()
  const before = filesOf(bundle)
  expect((await index()).answer).toMatchObject({ unchanged: 16, changed: false })
  expect(filesOf(bundle)).toEqual(before)

  // A machine that knows nothing but the bundle, where all files have other times.
  rmSync(join(root, 'cache'), { recursive: true })
  for (const name of readdirSync(join(site, 'p'))) utimesSync(join(site, 'p', name), 1e9, 1e9)
  // A model without its picture tower cannot encode.
  const model = join(root, 'model')
  cpSync(join(tinyModel, '..'), model, { recursive: true })
  rmSync(join(model, 'vision.onnx'))
  const blind = ['--model', join(model, 'model.json')]
  expect((await index(...blind)).answer).toMatchObject({ pictures: 16, changed: false, skipped: [] })
  expect(filesOf(bundle)).toEqual(before)

  renameSync(join(site, 'p', '7.bmp'), join(site, 'p', 'seven.bmp'))
  expect((await index(...blind)).answer).toMatchObject({
    renamed: 1,
    new: 0,
    unchanged: 15,
    removed: 0,
    pictures: 16,
    changed: true,
  })
  const records = await recordsOf(bundle)
  expect(records.has('p/7.bmp')).toBe(false)
  expect(records.has('p/seven.bmp')).toBe(true)
  expect(holds(bundle, 'p/7.bmp')).toBe(false)
})

test('the generation before stays for one update, and no longer', async () => {
  const { site, bundle, index } = newSite(numberedSite(8))
  await index()
  const first = filesOf(bundle)
  writeFileSync(join(site, 'p', 'new.bmp'), picture(200, 100, 50))
  await index()
  const second = filesOf(bundle)
  const kept = (files: Map<string, string>) => [...first].filter(([path, hash]) => files.get(path) === hash).length
  expect(kept(second)).toBe(first.size - 1)
  // Running without a change is no update.
  await index()
  expect(filesOf(bundle)).toEqual(second)
  writeFileSync(join(site, 'p', 'newer.bmp'), picture(100, 200, 50))
  await index()
  expect(kept(filesOf(bundle))).toBeLessThan(first.size - 1)
  await index('--keep', '0')
  const alone = filesOf(bundle)
  expect(alone.size).toBeLessThan(second.size)
  expect(alone.has(manifestOf(bundle).parent)).toBe(false)
  await recordsOf(bundle)
})

test('a thumbnail that an earlier Picfind has named by its picture is carried over, under the name of its bytes', async () => {
  const place = temporaryFolder()
  const old = 'thumbs/0123456789abcdef.jpg'
  writeSite(place, { [old]: 'as it was made' })
  const bundle = new BundleFolder(place)
  const address = await bundle.ensureThumbnail(old, () => Promise.reject(new Error('It need not be made.')))
  expect(address).toBe(`thumbs/own-${sha256(Buffer.from('as it was made')).slice(0, 16)}.jpg`)
  expect(await bundle.ensureThumbnail(address, () => Promise.reject(new Error('It need not be read.')))).toBe(address)
  await bundle.clean(new Set([address!]))
  expect([...filesOf(place).keys()]).toEqual([address])
})

test('nothing of a deleted picture is found in the bundle', async () => {
  const { site, bundle, index } = newSite({
    ...numberedSite(8),
    'secret name.jpg': await jpeg('#abc', 800, 600),
    'index.html': '<img src="secret name.jpg" alt="a secret sentence"><img src=p/1.bmp><img src=p/2.bmp>',
  })
  await index()
  const { sha256, thumbnail } = (await recordsOf(bundle)).get('secret name.jpg')!
  const quickBefore = quickFilesOf(bundle)
  expect(holds(bundle, 'a secret sentence')).toBe(true)
  rmSync(join(site, 'secret name.jpg'))
  await index()
  for (const trace of ['secret name', 'a secret sentence', sha256, Buffer.from(sha256, 'hex')]) {
    expect(holds(bundle, trace), String(trace)).toBe(false)
  }
  expect(existsSync(join(bundle, thumbnail!))).toBe(false)
  // Quick search deflates its records, so a look for letters does not find them.
  const quickNow = quickFilesOf(bundle)
  const gone = quickBefore.filter(name => !quickNow.includes(name))
  expect(gone.length).toBeGreaterThan(1)
  for (const name of gone) expect(existsSync(join(bundle, name))).toBe(false)
  await recordsOf(bundle)
})

test('a damaged or missing file of a bundle is written again', async () => {
  const { bundle, index } = newSite(numberedSite(10))
  await index()
  const files = filesOf(bundle)
  const names = [...files.keys()].filter(path => /^[0-9a-f]{64}$/.test(path))
  for (const [i, name] of names.entries()) {
    if (i % 2 === 0) rmSync(join(bundle, name))
    else writeFileSync(join(bundle, name), 'damaged')
  }
  expect((await index()).answer.pictures).toBe(10)
  await recordsOf(bundle)
  for (const [path, hash] of filesOf(bundle)) if (/^[0-9a-f]{64}$/.test(path)) expect(path).toBe(hash)
})

test('the bundle is under any name inside the site, and never indexed itself', async () => {
  const { site, index } = newSite({ 'a.jpg': await jpeg('#123456', 800, 600) })
  const bundle = join(site, 'find', 'pictures')
  await index('--out', bundle)
  expect(descriptorOf(bundle).base).toBe('../../')
  expect((await index('--out', bundle)).answer).toMatchObject({ found: 1, unchanged: 1, leftOut: [], changed: false })
  const outside = await picfind(['index', site, '--site', site, '--out', join(site, '..', 'elsewhere')])
  expect(outside).toMatchObject({ code: 2, stderr: expect.stringContaining('not inside') })
  const alone = await picfind(['index', site, '--gps'])
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('--gps goes with --site') })
})

test('a library of one’s own in the bundle’s place becomes a bundle, without what it knew of this machine', async () => {
  const { site, bundle, cache, index } = newSite(numberedSite(5))
  const env = { XDG_CACHE_HOME: cache }
  await picfind(['index', join(site, 'p'), '--out', bundle, '--model', tinyModel], { env })
  expect(holds(bundle, site)).toBe(true)
  expect((await index()).answer).toMatchObject({ pictures: 5, changed: true })
  expect(holds(bundle, site)).toBe(false)
  expect((await recordsOf(bundle)).get('p/1.bmp')).not.toHaveProperty('modified')
})
