import {
  chmodSync,
  mkdirSync,
  openAsBlob,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { folder, type Progress, type Source, sourceFromFolder } from 'picfind'
import { describe, expect, test } from 'vitest'
import { sourceFromFiles } from '../../dist/engine/source-page.js'
import { addAll, idsOf, openTiny, TestSource, temporaryFolder } from './fixtures/libraries.ts'
import { bmp, numbered } from './fixtures/pictures.ts'

const red = bmp([255, 0, 0])
const green = bmp([0, 160, 0])
const blue = bmp([0, 0, 255])

describe('indexing again', () => {
  test('what is unchanged is neither read nor encoded', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'b/c.bmp': green })
    expect(await addAll(library, source)).toMatchObject({ phase: 'done', found: 2, done: 2, indexed: 2, unchanged: 0 })
    const { sequence } = await library.info()
    source.opened = 0
    expect(await addAll(library, source)).toMatchObject({ indexed: 0, unchanged: 2, renamed: 0, deleted: 0 })
    expect(source.opened).toBe(0)
    expect((await library.info()).sequence).toBe(sequence)
  })

  test('a touched file of the same bytes is not encoded, and its new time is remembered', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red })
    await addAll(library, source)
    source.put('a.bmp', red, 5000)
    expect(await addAll(library, source)).toMatchObject({ indexed: 0, unchanged: 1 })
    expect((await library.record('holiday/a.bmp')).modified).toBe(5000)
    source.opened = 0
    await addAll(library, source)
    expect(source.opened).toBe(0)
    expect(await idsOf(library)).toEqual(['holiday/a.bmp'])
  })

  test('a changed file replaces its old version', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'b.bmp': green })
    await addAll(library, source)
    source.put('a.bmp', blue, 2000)
    expect(await addAll(library, source)).toMatchObject({ indexed: 1, unchanged: 1, deleted: 0 })
    expect(await idsOf(library)).toEqual(['holiday/a.bmp', 'holiday/b.bmp'])
    expect((await library.search('blue', { k: 1 }))[0]?.id).toBe('holiday/a.bmp')
  })

  test('a renamed file is carried over with its thumbnail, without encoding', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'b.bmp': green })
    await addAll(library, source)
    const before = await library.thumbnail('holiday/a.bmp')
    const [score] = await library.search('red', { k: 1 })
    source.files.delete('a.bmp')
    source.put('sub/renamed.bmp', red)
    expect(await addAll(library, source)).toMatchObject({ indexed: 0, unchanged: 1, renamed: 1, deleted: 0 })
    expect(await idsOf(library)).toEqual(['holiday/b.bmp', 'holiday/sub/renamed.bmp'])
    expect(await library.thumbnail('holiday/sub/renamed.bmp')).toEqual(before)
    const [after] = await library.search('red', { k: 1 })
    expect(after).toMatchObject({ id: 'holiday/sub/renamed.bmp', score: score?.score })
  })

  test('a copy of a picture is a picture of its own', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'b.bmp': red })
    expect(await addAll(library, source)).toMatchObject({ indexed: 2, renamed: 0 })
    source.put('c.bmp', red)
    expect(await addAll(library, source)).toMatchObject({ indexed: 1, unchanged: 2 })
    expect(await idsOf(library)).toEqual(['holiday/a.bmp', 'holiday/b.bmp', 'holiday/c.bmp'])
  })

  test('a deleted file is dropped', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'b.bmp': green, 'c.bmp': blue })
    await addAll(library, source)
    source.files.delete('b.bmp')
    expect(await addAll(library, source)).toMatchObject({ unchanged: 2, deleted: 1 })
    expect(await idsOf(library)).toEqual(['holiday/a.bmp', 'holiday/c.bmp'])
    await expect(library.record('holiday/b.bmp')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('nothing of a deleted, changed or renamed picture stays in the store', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    const source = new TestSource('holiday', { 'keep.bmp': green })
    for (let n = 0; n < 100; n++) source.put(`${n}.bmp`, numbered(n))
    const [gone, alone, changed, renamed] = ['goodbye.bmp', 'alone.bmp', 'changed.bmp', 'old-name.bmp']
    source.put(gone, bmp([200, 10, 90], 40, 30))
    source.put(changed, bmp([20, 10, 220], 30, 40))
    source.put(renamed, red)
    await addAll(library, source)
    // A segment of its own goes as a whole.
    source.put(alone, bmp([90, 200, 10], 30, 30))
    await addAll(library, source)
    const traces: (string | Uint8Array)[] = [gone, alone, renamed]
    for (const path of [gone, alone, changed]) traces.push((await library.thumbnail(`holiday/${path}`))!)
    for (const trace of traces) expect(await filesWith(place, trace)).not.toEqual([])

    source.files.delete(gone)
    source.files.delete(alone)
    source.files.delete(renamed)
    source.put(changed, bmp([1, 2, 3], 30, 40), 2000)
    source.put('new-name.bmp', red)
    expect(await addAll(library, source)).toMatchObject({ indexed: 1, renamed: 1, deleted: 2 })
    for (const trace of traces) expect(await filesWith(place, trace)).toEqual([])
    expect((await library.info()).pictures).toBe(103)
    expect(await library.search('', { k: 200 })).toHaveLength(103)
    const { sequence } = await library.info()
    await addAll(library, source)
    expect((await library.info()).sequence).toBe(sequence)
  })

  test('what a run that failed has left hidden goes with the next', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    const source = new TestSource('holiday')
    for (let n = 0; n < 100; n++) source.put(`${n}.bmp`, numbered(n))
    await addAll(library, source)
    for (let n = 10; n < 74; n++) source.put(`${n}.bmp`, numbered(1000 + n), 2000)
    const committed = new Promise(resolve => library.addEventListener('change', resolve, { once: true }))
    const failing: Source = {
      name: 'holiday',
      complete: true,
      read: async () => undefined,
      async *list() {
        yield* source.list()
        await committed
        throw new Error('the disk was pulled out')
      },
    }
    await expect(addAll(library, failing)).rejects.toThrow('the disk was pulled out')
    const hiding = () => readFileSync(join(place, 'manifest.json'), 'utf8').includes('"deleted"')
    expect(hiding()).toBe(true)
    await addAll(library, source)
    expect(hiding()).toBe(false)
  })

  test('nothing is deleted when the listing fails half-way', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'b.bmp': green })
    await addAll(library, source)
    const failing: Source = {
      name: 'holiday',
      complete: true,
      read: async () => undefined,
      async *list() {
        yield { path: 'c.bmp', size: blue.length, modified: 0, open: async () => blue.slice() }
        throw new Error('the disk was pulled out')
      },
    }
    await expect(addAll(library, failing)).rejects.toThrow('the disk was pulled out')
    expect(await idsOf(library)).toEqual(expect.arrayContaining(['holiday/a.bmp', 'holiday/b.bmp']))
  })

  test('pictures in a folder that cannot be read now are kept', async () => {
    const library = await openTiny()
    await addAll(library, new TestSource('holiday', { 'a.bmp': red, 'locked/b.bmp': green }))
    const locked: Source = {
      name: 'holiday',
      complete: true,
      read: async () => undefined,
      async *list() {
        yield { path: 'locked', unreadable: 'permission denied' }
      },
    }
    const { deleted, skipped } = await addAll(library, locked)
    expect(deleted).toBe(1)
    expect(skipped).toEqual([{ path: 'locked', code: 'unreadable', reason: 'permission denied' }])
    expect(await idsOf(library)).toEqual(['holiday/locked/b.bmp'])
  })

  test('what is excluded now is removed, and is back when it is included again', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'raw/b.bmp': green, 'raw/keep/c.bmp': blue })
    await addAll(library, source)
    expect(await addAll(library, source, { exclude: ['raw/'] })).toMatchObject({ found: 1, deleted: 2 })
    expect(await idsOf(library)).toEqual(['holiday/a.bmp'])
    expect(await addAll(library, source, { include: ['raw/keep'] })).toMatchObject({ found: 1, deleted: 1 })
    expect(await idsOf(library)).toEqual(['holiday/raw/keep/c.bmp'])
    await addAll(library, source)
    expect(await idsOf(library)).toHaveLength(3)
  })

  test('a folder is included and excluded however its path is written', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red, 'raw/b.bmp': green, 'raw/keep/c.bmp': blue })
    await addAll(library, source, { include: ['./raw//x/..'], exclude: ['raw/./keep/'] })
    expect(await idsOf(library)).toEqual(['holiday/raw/b.bmp'])
  })

  test('including only what is not there is refused, and nothing is deleted', async () => {
    const library = await openTiny()
    const source = new TestSource('holiday', { 'a.bmp': red })
    await addAll(library, source)
    await expect(addAll(library, source, { include: ['Raw'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('Raw'),
    })
    expect(await idsOf(library)).toEqual(['holiday/a.bmp'])
  })

  test('two thousand renamed at once are carried over', async () => {
    const library = await openTiny()
    const paths = Array.from({ length: 2000 }, (_, n) => `${n}.bmp`)
    const files = Object.fromEntries(paths.map((path, n) => [path, numbered(n)]))
    const source = new TestSource('old', files)
    await addAll(library, source)
    source.files.clear()
    for (const [n, path] of paths.entries()) source.put(`moved/${path}`, numbered(n))
    expect(await addAll(library, source)).toMatchObject({ indexed: 0, renamed: 2000, deleted: 0 })
    expect((await library.info()).pictures).toBe(2000)
  })
})

describe('sources', () => {
  test('two folders with the same file names stay apart', async () => {
    const root = temporaryFolder()
    for (const [name, picture] of [
      ['one', red],
      ['two', green],
    ] as const) {
      mkdirSync(join(root, name, 'photos'), { recursive: true })
      writeFileSync(join(root, name, 'photos', 'a.bmp'), picture)
    }
    const library = await openTiny({ store: folder(join(root, 'library')) })
    await addAll(library, sourceFromFolder(join(root, 'one', 'photos')))
    await addAll(library, sourceFromFolder(join(root, 'two', 'photos')))
    expect(await idsOf(library)).toEqual(['photos 2/a.bmp', 'photos/a.bmp'])
    expect(await addAll(library, sourceFromFolder(join(root, 'two', 'photos')))).toMatchObject({ unchanged: 1 })
    const { sources } = await library.info()
    expect(sources).toEqual([
      { name: 'photos', pictures: 1 },
      { name: 'photos 2', pictures: 1 },
    ])
  })

  test('a folder is the same one through a link, and after it has moved together with its library', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'old', 'photos'), { recursive: true })
    writeFileSync(join(root, 'old', 'photos', 'a.bmp'), red)
    symlinkSync(join(root, 'old'), join(root, 'link'))
    const update = async (place: string) => {
      const library = await openTiny({ store: folder(join(root, place, 'library')) })
      const progress = await addAll(library, sourceFromFolder(join(root, place, 'photos')))
      expect(await idsOf(library)).toEqual(['photos/a.bmp'])
      return progress
    }
    expect(await update('old')).toMatchObject({ indexed: 1 })
    expect(await update('link')).toMatchObject({ unchanged: 1 })
    renameSync(join(root, 'old'), join(root, 'new'))
    expect(await update('new')).toMatchObject({ unchanged: 1 })
  })

  test('a folder beside an unmounted drive is not the one of its name on the drive', async () => {
    const root = temporaryFolder()
    const library = await openTiny({ store: folder(join(root, 'library')) })
    const onDrive = putPhotos(join(root, 'drive'), red, 1000)
    await addAll(library, onDrive)
    renameSync(join(root, 'drive'), join(root, 'unplugged'))
    await addAll(library, putPhotos(join(root, 'home'), green, 2000))
    expect(await idsOf(library)).toEqual(['photos 2/IMG_0001.bmp', 'photos/IMG_0001.bmp'])
    renameSync(join(root, 'unplugged'), join(root, 'drive'))
    expect(await addAll(library, onDrive)).toMatchObject({ unchanged: 1, deleted: 0 })
    expect(await idsOf(library)).toHaveLength(2)
  })

  test('a folder that was moved by copying, with new times, is known by its pictures', async () => {
    const root = temporaryFolder()
    const library = await openTiny({ store: folder(join(root, 'library')) })
    await addAll(library, putPhotos(join(root, 'old'), red, 1000))
    rmSync(join(root, 'old'), { recursive: true })
    expect(await addAll(library, putPhotos(join(root, 'new'), red, 2000))).toMatchObject({ unchanged: 1 })
    expect(await idsOf(library)).toEqual(['photos/IMG_0001.bmp'])
  })

  test('two picked folders of one name stay apart', async () => {
    const library = await openTiny()
    const pick = (paths: string[]) => {
      const files = paths.map(path => {
        const file = new File([red as Uint8Array<ArrayBuffer>], basename(path), { lastModified: 1000 })
        return Object.assign(file, { webkitRelativePath: `photos/${path}` })
      })
      return addAll(library, sourceFromFiles(files))
    }
    await pick(['a.bmp', 'b.bmp'])
    expect(await pick(['c.bmp'])).toMatchObject({ deleted: 0 })
    expect(await pick(['b.bmp'])).toMatchObject({ unchanged: 1, deleted: 1 })
    expect(await idsOf(library)).toEqual(['photos 2/c.bmp', 'photos/b.bmp'])
  })

  test('removing a source leaves nothing of it in the store', async () => {
    const root = temporaryFolder()
    const library = await openTiny({ store: folder(root) })
    await addAll(library, new TestSource('keep', { 'a.bmp': red }))
    await addAll(library, new TestSource('secret', { 'private-letter.bmp': green }))
    await library.removeSource('secret')
    expect(await idsOf(library)).toEqual(['keep/a.bmp'])
    expect((await library.info()).sources).toEqual([{ name: 'keep', pictures: 1 }])
    expect(await filesWith(root, 'private-letter')).toEqual([])
    await expect(library.removeSource('secret')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('loose files of one name are numbered, and what is not listed is kept', async () => {
    const library = await openTiny()
    const pick = (picture: Uint8Array, modified: number) => {
      const source = new TestSource('pictures', {}, false)
      source.put('image.bmp', picture, modified)
      return addAll(library, source)
    }
    await pick(red, 1000)
    expect(await pick(green, 2000)).toMatchObject({ indexed: 1 })
    expect(await idsOf(library)).toEqual(['pictures/image (2).bmp', 'pictures/image.bmp'])
    expect(await pick(green, 3000)).toMatchObject({ indexed: 0, unchanged: 1 })
    expect(await idsOf(library)).toHaveLength(2)
  })

  test('the original is read where the source is', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'photos'))
    writeFileSync(join(root, 'photos', 'a.bmp'), red)
    const library = await openTiny({ store: folder(join(root, 'library')) })
    await addAll(library, sourceFromFolder(join(root, 'photos')))
    await library.close()
    const again = await openTiny({ store: folder(join(root, 'library')) })
    const original = await again.original('photos/a.bmp')
    expect(new Uint8Array(await original!.arrayBuffer())).toEqual(red)
    expect((await again.source('photos'))?.name).toBe('photos')
    unlinkSync(join(root, 'photos', 'a.bmp'))
    expect(await again.original('photos/a.bmp')).toBeUndefined()
  })
})

describe('a folder', () => {
  test('only pictures count, hidden folders do not, links in a circle end', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'sub'))
    mkdirSync(join(root, '.hidden'))
    writeFileSync(join(root, 'a.BMP'), red)
    writeFileSync(join(root, 'notes.txt'), 'not a picture')
    writeFileSync(join(root, '._a.bmp'), red)
    writeFileSync(join(root, '.hidden', 'b.bmp'), red)
    writeFileSync(join(root, 'sub', 'ö.bmp'.normalize('NFD')), green)
    symlinkSync(root, join(root, 'sub', 'loop'))
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling.bmp'))
    const library = await openTiny()
    const { skipped } = await addAll(library, sourceFromFolder(root, { name: 'photos' }))
    expect(await idsOf(library)).toEqual(['photos/a.BMP', `photos/sub/${'ö.bmp'.normalize('NFC')}`])
    expect(skipped.map(({ path }) => path)).toEqual(['dangling.bmp'])
    expect(await library.original(`photos/sub/${'ö.bmp'.normalize('NFC')}`)).toBeDefined()
  })

  test('what is in a folder that the system cannot look at is kept', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'album'))
    writeFileSync(join(root, 'album', 'a.bmp'), red)
    const library = await openTiny()
    await addAll(library, sourceFromFolder(root, { name: 'photos' }))
    renameSync(join(root, 'album'), join(root, '.album'))
    symlinkSync('album', join(root, 'album'))
    const { deleted, skipped } = await addAll(library, sourceFromFolder(root, { name: 'photos' }))
    expect(deleted).toBe(0)
    expect(skipped.map(({ path }) => path)).toEqual(['album'])
  })

  test('a folder that is not there is an error by name, and so is a file', async () => {
    const library = await openTiny()
    const root = temporaryFolder()
    writeFileSync(join(root, 'file.bmp'), red)
    await expect(addAll(library, sourceFromFolder(join(root, 'nowhere')))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('nowhere'),
    })
    await expect(addAll(library, sourceFromFolder(join(root, 'file.bmp')))).rejects.toMatchObject({ code: 'usage' })
  })

  test('a file that cannot be opened is skipped with the reason', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read everything')
    const root = temporaryFolder()
    writeFileSync(join(root, 'a.bmp'), red)
    chmodSync(join(root, 'a.bmp'), 0)
    const { skipped } = await addAll(await openTiny(), sourceFromFolder(root))
    expect(skipped).toEqual([{ path: 'a.bmp', code: 'unreadable', reason: expect.stringContaining('permission') }])
  })

  test('moving a file on the disk is a renaming', async () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'a.bmp'), red)
    utimesSync(join(root, 'a.bmp'), 1000, 1000)
    const library = await openTiny()
    await addAll(library, sourceFromFolder(root))
    renameSync(join(root, 'a.bmp'), join(root, 'b.bmp'))
    expect(await addAll(library, sourceFromFolder(root))).toMatchObject({ indexed: 0, renamed: 1, deleted: 0 })
  })
})

describe('bad pictures', () => {
  test('are skipped by name with a reason, on every run, and the rest is indexed', async () => {
    const library = await openTiny()
    const huge = bmp([0, 0, 0])
    new DataView(huge.buffer).setInt32(18, 60_000, true)
    new DataView(huge.buffer).setInt32(22, 60_000, true)
    const source = new TestSource('holiday', {
      'empty.png': new Uint8Array(),
      'good.bmp': red,
      'huge.bmp': huge,
      'text.jpg': new TextEncoder().encode('this is no picture'),
      'truncated.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46),
      'mislabelled.png': green,
    })
    const first = await addAll(library, source)
    expect(first).toMatchObject({ phase: 'done', found: 6, done: 6, indexed: 2 })
    expect(first.skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'empty.png', code: 'corrupt', reason: expect.stringContaining('empty') },
      { path: 'huge.bmp', code: 'too-large', reason: expect.stringContaining('60000') },
      { path: 'text.jpg', code: 'unsupported', reason: expect.stringContaining('this is') },
      { path: 'truncated.jpg', code: 'corrupt', reason: expect.any(String) },
    ])
    const second = await addAll(library, source)
    expect(second).toMatchObject({ indexed: 0, unchanged: 2 })
    expect(second.skipped).toHaveLength(4)
    expect((await library.record('holiday/mislabelled.png')).type).toBe('image/bmp')
  })

  test('a picked file that has gone or may not be opened is skipped, and the rest is indexed', async () => {
    const place = join(temporaryFolder(), 'gone.bmp')
    writeFileSync(place, red)
    const gone = await openAsBlob(place)
    unlinkSync(place)
    const library = await openTiny()
    const picked = (path: string, open: () => Promise<Blob | Uint8Array>) => ({ path, size: 1, modified: 0, open })
    const source: Source = {
      name: 'pictures',
      complete: false,
      read: async () => undefined,
      async *list() {
        yield picked('gone.bmp', async () => gone)
        yield picked('locked.bmp', () => Promise.reject(new Error('permission denied')))
        yield picked('there.bmp', async () => green.slice())
        yield picked('there.bmp', async () => blue.slice())
      },
    }
    const { skipped, indexed } = await addAll(library, source)
    expect(indexed).toBe(1)
    expect(skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'gone.bmp', code: 'unreadable', reason: expect.stringContaining('cannot be read any more') },
      { path: 'locked.bmp', code: 'unreadable', reason: 'permission denied' },
      { path: 'there.bmp', code: 'same-path', reason: expect.stringContaining('rename') },
    ])
  })

  test('a file of more than 1 GiB is skipped unread', async () => {
    const library = await openTiny()
    const source: Source = {
      name: 'holiday',
      complete: true,
      read: async () => undefined,
      async *list() {
        const open = () => Promise.reject(new Error('it was opened'))
        yield { path: 'film.tif', size: 2 ** 30 + 1, modified: 0, open }
      },
    }
    const { skipped } = await addAll(library, source)
    expect(skipped).toEqual([{ path: 'film.tif', code: 'too-large', reason: expect.stringContaining('1 GiB') }])
  })
})

describe('while it runs', () => {
  const many = (count: number) =>
    new TestSource('many', Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.bmp`, numbered(n)])))

  test('aborting commits what is done, and the next run goes on from there', async () => {
    const library = await openTiny()
    const controller = new AbortController()
    let last: Progress | undefined
    for await (const progress of library.add(many(500), { signal: controller.signal })) {
      last = progress
      if (progress.indexed >= 100) controller.abort()
    }
    expect(last?.phase).not.toBe('done')
    const { pictures } = await library.info()
    expect(pictures).toBe(last?.indexed)
    expect(pictures).toBeGreaterThanOrEqual(100)
    expect(pictures).toBeLessThan(500)
    expect(await addAll(library, many(500))).toMatchObject({
      phase: 'done',
      unchanged: pictures,
      indexed: 500 - pictures,
    })
  })

  test('leaving the loop stops and commits too', async () => {
    const library = await openTiny()
    for await (const { indexed } of library.add(many(300))) if (indexed >= 70) break
    const { pictures } = await library.info()
    expect(pictures).toBeGreaterThanOrEqual(70)
    expect(pictures).toBeLessThan(300)
  })

  test('64 pictures are committed at a time, and can be found before the rest is done', async () => {
    const library = await openTiny()
    const sizes: number[] = []
    library.addEventListener('change', () => void library.info().then(({ pictures }) => sizes.push(pictures)))
    for await (const progress of library.add(many(300))) {
      const { pictures } = await library.info()
      expect(progress.indexed - pictures).toBeLessThanOrEqual(64)
      if (pictures > 0) expect(await library.search('', { k: 1 })).toHaveLength(1)
    }
    expect(sizes.filter(size => size > 0 && size < 300).length).toBeGreaterThanOrEqual(4)
    expect(sizes.at(-1)).toBe(300)
  })

  test('what trickles in is committed after 5 seconds', async () => {
    const library = await openTiny()
    const committed = new Promise<void>(resolve => {
      library.addEventListener('change', () => {
        void library.info().then(({ pictures }) => pictures === 2 && resolve())
      })
    })
    const slow: Source = {
      name: 'slow',
      complete: true,
      read: async () => undefined,
      async *list() {
        yield { path: 'a.bmp', size: red.length, modified: 0, open: async () => red.slice() }
        yield { path: 'b.bmp', size: green.length, modified: 0, open: async () => green.slice() }
        await committed
      },
    }
    expect(await addAll(library, slow)).toMatchObject({ phase: 'done', indexed: 2 })
  })

  test('a second writer of the same library is told so', async () => {
    const place = temporaryFolder()
    const first = await openTiny({ store: folder(place) })
    const second = await openTiny({ store: folder(place) })
    for await (const { indexed } of first.add(many(200))) {
      if (indexed === 0) continue
      await expect(addAll(second, many(10))).rejects.toMatchObject({ code: 'busy' })
      break
    }
  })

  test('destroying the library does not wait for the rest', async () => {
    const library = await openTiny()
    let destroying: Promise<void> | undefined
    let last: Progress | undefined
    for await (const progress of library.add(many(2000))) {
      last = progress
      if (progress.indexed > 0) destroying ??= library.destroy()
    }
    await destroying
    expect(last?.indexed).toBeLessThan(2000)
  })

  test('two adds to one library take turns', async () => {
    const library = await openTiny()
    const results = await Promise.all([
      addAll(library, new TestSource('one', { 'a.bmp': red })),
      addAll(library, new TestSource('two', { 'a.bmp': green })),
    ])
    expect(results.map(({ phase }) => phase)).toEqual(['done', 'done'])
    expect(await idsOf(library)).toEqual(['one/a.bmp', 'two/a.bmp'])
  })
})

/** A folder `photos` with one picture; its source. */
function putPhotos(place: string, picture: Uint8Array, modified: number): Source {
  const photos = join(place, 'photos')
  mkdirSync(photos, { recursive: true })
  writeFileSync(join(photos, 'IMG_0001.bmp'), picture)
  utimesSync(join(photos, 'IMG_0001.bmp'), modified, modified)
  return sourceFromFolder(photos)
}

async function filesWith(folderPath: string, text: string | Uint8Array): Promise<string[]> {
  const { readdir, readFile } = await import('node:fs/promises')
  const found: string[] = []
  for (const name of await readdir(folderPath)) {
    if ((await readFile(join(folderPath, name))).includes(Buffer.from(text))) found.push(name)
  }
  return found
}
