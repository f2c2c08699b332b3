import { openAsBlob, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder, type Hit, Library, memory, sourceFromFolder } from 'picfind'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadCore } from '../../dist/engine/core-loader.js'
import { addAll, idsOf, openTiny, TestSource, temporaryFolder, tinyModel } from './fixtures/libraries.ts'
import { bmp, numbered } from './fixtures/pictures.ts'
import { random } from './fixtures/random.ts'

const colours = {
  'red.bmp': bmp([255, 0, 0]),
  'green.bmp': bmp([0, 160, 0]),
  'blue.bmp': bmp([0, 0, 255]),
  'yellow.bmp': bmp([255, 255, 0]),
}

async function colourLibrary(): Promise<Library> {
  const library = await openTiny()
  const source = new TestSource('colours')
  for (const [n, [path, bytes]] of Object.entries(colours).entries()) source.put(path, bytes, 1000 + n)
  await addAll(library, source)
  return library
}

describe('searching', () => {
  test('words find the picture they mean, best first, from a table and from a graph', async () => {
    const library = await colourLibrary()
    for (const tower of ['instant', 'best'] as const) {
      const hits = await library.search('red', { tower })
      expect(hits[0]).toMatchObject({ id: 'colours/red.bmp', source: 'colours', path: 'red.bmp' })
      expect(hits).toHaveLength(4)
      const scores = hits.map(hit => hit.score)
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      expect(hits.rescored).toBe(tower === 'instant' ? 'int8' : 'full')
      expect(hits.tower).toBe(tower === 'instant' ? 'words' : 'graph')
      expect(hits.tookMs).toBeGreaterThan(0)
    }
  })

  test('a picture finds itself, as bytes and as a Blob, also of a file, and its bytes stay the caller’s', async () => {
    const library = await colourLibrary()
    const picture = colours['blue.bmp']
    const path = join(temporaryFolder(), 'mine.bmp')
    writeFileSync(path, picture)
    for (const query of [picture, new Blob([picture as Uint8Array<ArrayBuffer>]), await openAsBlob(path)]) {
      const hits = await library.search({ picture: query }, { k: 1 })
      expect(hits[0]?.id).toBe('colours/blue.bmp')
      expect(hits[0]?.score).toBeCloseTo(1, 5)
    }
    expect(picture.length).toBeGreaterThan(0)
  })

  test('every metric finds the same picture, and says how near it is in its own way', async () => {
    const library = await colourLibrary()
    const scores = { cosine: 1, dot: 1, l2: 0, l1: 0 }
    for (const metric of ['cosine', 'dot', 'l2', 'l1'] as const) {
      const hits = await library.search({ picture: colours['blue.bmp'] }, { metric })
      expect(hits[0]?.id).toBe('colours/blue.bmp')
      expect(hits[0]?.score).toBeCloseTo(scores[metric], 3)
      const best = metric === 'l2' || metric === 'l1' ? 1 : -1
      expect(hits.map(hit => hit.score)).toEqual(hits.map(hit => hit.score).toSorted((a, b) => best * (a - b)))
      expect(hits).toMatchObject({ engine: 'exact', candidates: 4 })
    }
  })

  test('an engine that is not there and candidates that are no number are refused', async () => {
    const library = await colourLibrary()
    await expect(library.search('red', { engine: 'hnsw' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(library.search('red', { engine: 'hnsw', metric: 'l1' })).rejects.toMatchObject({ code: 'usage' })
    await expect(library.search('red', { numCandidates: 0.5 })).rejects.toMatchObject({ code: 'usage' })
    expect(await library.search('red', { engine: 'exact', numCandidates: 2, k: 3 })).toHaveLength(3)
  })

  test('more like one of the library leaves that one out', async () => {
    const library = await colourLibrary()
    const hits = await library.search({ like: 'colours/red.bmp' })
    expect(hits).toHaveLength(3)
    expect(hits.map(hit => hit.id)).not.toContain('colours/red.bmp')
    await expect(library.search({ like: 'colours/none.bmp' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a vector is searched as it is, and one of another length is refused', async () => {
    const library = await colourLibrary()
    const vector = new Float32Array(64).fill(1 / 8)
    expect(await library.search({ vector })).toHaveLength(4)
    await expect(library.search({ vector: vector.subarray(1) })).rejects.toMatchObject({ code: 'usage' })
  })

  test('an empty query lists all, newest first, without scores', async () => {
    const library = await colourLibrary()
    const hits = await library.search('')
    expect(hits.map(hit => hit.path)).toEqual(['yellow.bmp', 'blue.bmp', 'green.bmp', 'red.bmp'])
    expect(hits.every(hit => hit.score === 0)).toBe(true)
  })

  test('words that no tower knows find nothing', async () => {
    const library = await colourLibrary()
    expect(await library.search('🜁', { tower: 'instant' })).toHaveLength(0)
  })

  test('a bad picture as a query is an error by its reason', async () => {
    const library = await colourLibrary()
    await expect(library.search({ picture: new Uint8Array(5) })).rejects.toMatchObject({ code: 'unsupported' })
    await expect(library.search({ picture: new Uint8Array() })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('a new library has no hits', async () => {
    const library = await openTiny()
    for (const query of ['', 'red', { picture: colours['red.bmp'] }])
      expect(await library.search(query)).toHaveLength(0)
    expect(await library.info()).toMatchObject({ pictures: 0, sources: [], sequence: 0 })
  })

  test('k and offset that are no whole numbers are refused', async () => {
    const library = await colourLibrary()
    await expect(library.search('red', { k: 0 })).rejects.toMatchObject({ code: 'usage' })
    await expect(library.search('red', { offset: -1 })).rejects.toMatchObject({ code: 'usage' })
  })

  test('an aborted search rejects', async () => {
    const library = await colourLibrary()
    await expect(library.search('red', { signal: AbortSignal.abort() })).rejects.toThrow('abort')
  })

  test('a closed library says so', async () => {
    const library = await colourLibrary()
    await library.close()
    await expect(library.search('')).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('a library of 3,000 pictures', () => {
  let library: Library
  const pictures = 3000

  beforeAll(async () => {
    library = await Library.open({ store: memory(), model: tinyModel })
    const source = new TestSource('many')
    for (let n = 0; n < pictures; n++) source.put(`${n}.bmp`, numbered(n), 1000 + n)
    await addAll(library, source)
    return () => library.close()
  })

  test('pages put together are the same list as one long page', async () => {
    const all = await library.search('orange', { k: 500 })
    const paged: Hit[] = []
    for (let offset = 0; offset < 500; offset += 70) paged.push(...(await library.search('orange', { k: 70, offset })))
    expect(paged.slice(0, 500)).toEqual([...all])
    expect(await library.search('orange', { k: 10, offset: pictures })).toHaveLength(0)
  })

  test('the best are the best by the exact vectors', async () => {
    const all = await library.search('pink', { k: pictures })
    expect(new Set(all.map(hit => hit.id)).size).toBe(pictures)
    for (const k of [1, 10, 100]) expect([...(await library.search('pink', { k }))]).toEqual(all.slice(0, k))
  })

  test('it stays at few segments', async () => {
    const { sequence } = await library.info()
    expect(sequence).toBeGreaterThan(pictures / 64)
    expect(await idsOf(library)).toHaveLength(pictures)
  })

  test('10,000 searches leave the wasm heap where it was', async () => {
    const core = await loadCore({ core: new URL('../../dist/core/', import.meta.url).href, models: '' })
    const next = random(1)
    const search = async () => {
      const vector = Float32Array.from({ length: 64 }, () => next() - 0.5)
      const length = Math.hypot(...vector)
      await library.search({ vector: vector.map(value => value / length) }, { k: 5 })
    }
    for (let n = 0; n < 100; n++) await search()
    const before = core.heapInUse()
    for (let n = 0; n < 10_000; n++) await search()
    expect(core.heapInUse()).toBe(before)
  })
})

describe('opening', () => {
  test('a library of another space is refused: both models are named, and what to do', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(library, new TestSource('colours', colours))
    await library.close()
    await expect(Library.open({ store: folder(place), model: 'picfind-mini' })).rejects.toMatchObject({
      code: 'space',
      message: expect.stringMatching(/"tiny" .* "picfind-mini": open the library with the model it was made with/),
    })
  })

  test('a library of an earlier version of its model is refused, and the version is said to be the reason', async () => {
    const place = temporaryFolder()
    const library = await Library.open({ store: folder(place) })
    onTestFinished(() => library.close())
    const pictures = fileURLToPath(new URL('../../web/app/starter/pictures', import.meta.url))
    const picture = readFileSync(join(pictures, readdirSync(pictures)[0]!))
    await addAll(library, new TestSource('starter', { 'first.jpg': picture }))
    await library.close()
    const manifest = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))
    const space = { ...manifest.space, sha256: 'a'.repeat(64) }
    writeFileSync(join(place, 'manifest.json'), JSON.stringify({ ...manifest, space }))
    await expect(Library.open({ store: folder(place) })).rejects.toMatchObject({
      code: 'space',
      message: expect.stringMatching(/"picfind-mini" .* another version here/),
    })
  })

  test('a library written by a newer Picfind is refused by its number', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(library, new TestSource('colours', colours))
    await library.close()
    const manifest = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))
    writeFileSync(join(place, 'manifest.json'), JSON.stringify({ ...manifest, format: 99 }))
    await expect(openTiny({ store: folder(place) })).rejects.toMatchObject({
      code: 'version',
      message: expect.stringContaining('99'),
    })
  })

  test('a model that is not there is an error by name', async () => {
    await expect(Library.open({ store: memory(), model: 'no-such-model' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('no-such-model'),
    })
  })

  test('the model of the library is used when none is named', async () => {
    const place = temporaryFolder()
    const pictures = fileURLToPath(new URL('../../web/app/starter/pictures', import.meta.url))
    const [first, second] = readdirSync(pictures)
    const library = await Library.open({ store: folder(place) })
    onTestFinished(() => library.close())
    const source = new TestSource('starter', {
      'first.jpg': readFileSync(join(pictures, first!)),
      'second.jpg': readFileSync(join(pictures, second!)),
    })
    expect(await addAll(library, source)).toMatchObject({ indexed: 2 })
    await library.close()
    const again = await Library.open({ store: folder(place) })
    onTestFinished(() => again.close())
    expect(await again.info()).toMatchObject({ model: 'picfind-mini', pictures: 2 })
    expect(await again.search('a bird')).toHaveLength(2)
    const thumbnail = await again.thumbnail('starter/first.jpg')
    expect([...thumbnail!.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff])
  })
})

describe('a damaged library', () => {
  test('names the file and searches the rest, whichever file it is', async () => {
    const place = temporaryFolder()
    const library = await openTiny({ store: folder(place) })
    await addAll(
      library,
      new TestSource('one', Object.fromEntries([...Array(70).keys()].map(n => [`${n}.bmp`, numbered(n)]))),
    )
    await library.close()
    for (const name of readdirSync(place).filter(name => /^[0-9a-f]{64}$/.test(name))) {
      const path = join(place, name)
      const whole = readFileSync(path)
      const damaged = Buffer.from(whole)
      damaged[damaged.length >> 1]! ^= 1
      writeFileSync(path, damaged)
      const again = await Library.open({ store: folder(place), model: tinyModel })
      const hits = await again.search('red', { k: 100 })
      for (const { id } of hits) await again.thumbnail(id)
      const { notices, pictures } = await again.info()
      expect(notices, name).toEqual([expect.stringContaining(name)])
      expect(hits.length).toBeLessThanOrEqual(pictures)
      await again.close()
      writeFileSync(path, whole)
    }
  })

  test('says so when its manifest is no manifest', async () => {
    const place = temporaryFolder()
    writeFileSync(join(place, 'manifest.json'), 'not json')
    await expect(openTiny({ store: folder(place) })).rejects.toMatchObject({ code: 'corrupt' })
  })
})

describe('the record of a picture', () => {
  test('says what the file is', async () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'wide.bmp'), bmp([1, 2, 3], 20, 10))
    const library = await openTiny()
    await addAll(library, sourceFromFolder(root, { name: 'photos' }))
    expect(await library.record('photos/wide.bmp')).toEqual({
      id: 'photos/wide.bmp',
      source: 'photos',
      path: 'wide.bmp',
      type: 'image/bmp',
      size: 654,
      width: 20,
      height: 10,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      modified: expect.any(Number),
    })
    expect(await library.thumbnail('photos/wide.bmp')).toBeInstanceOf(Uint8Array)
  })
})
