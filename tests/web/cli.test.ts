import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type Ended,
  ended,
  jsonLines,
  picfind,
  type StartOptions,
  start,
  starterPictures,
  temporaryFolder,
  tinyModel,
} from './picfind-process.ts'

interface IndexAnswer {
  found: number
  indexed: number
  unchanged: number
  pictures: number
  done: boolean
  skipped: { path: string; reason: string }[]
}

interface SearchAnswer {
  hits: { id: string; source: string; path: string; score: number }[]
  took_ms: number
  error?: string
}

interface InspectAnswer {
  ids: number[]
  vector: number[] | null
  reason?: string
  pixels?: string
  width: number
  height: number
  error?: string
}

const scratch = temporaryFolder()
afterAll(scratch.remove)
const place = (...parts: string[]) => join(scratch.path, ...parts)
const names = readdirSync(starterPictures).filter(name => name.endsWith('.jpg'))
const frog = 'orange-toad-on-a-leaf.jpg'

/** A folder with some of the starter pictures. */
function makePictures(folder: string, chosen: string[]): string {
  mkdirSync(folder, { recursive: true })
  for (const name of chosen) copyFileSync(join(starterPictures, name), join(folder, name))
  return folder
}

async function index(args: string[], options?: StartOptions): Promise<{ result: Ended; answer: IndexAnswer }> {
  const result = await picfind(['index', ...args, '--json'], options)
  const [answer, ...more] = jsonLines<IndexAnswer>(result.stdout)
  expect(more, result.stderr).toEqual([])
  return { result, answer: answer! }
}

async function search(args: string[]): Promise<SearchAnswer> {
  const result = await picfind(['search', ...args, '--json'])
  expect(result.code, result.stderr).toBe(0)
  return jsonLines<SearchAnswer>(result.stdout)[0]!
}

describe('picfind index', () => {
  test('indexes a folder, then finds nothing to do', async () => {
    const pictures = makePictures(place('twice'), names.slice(0, 6))
    const out = place('twice-library')
    const first = await index([pictures, '--out', out, '--model', tinyModel])
    expect(first.result.code).toBe(0)
    expect(first.answer).toMatchObject({ found: 6, indexed: 6, unchanged: 0, pictures: 6, done: true, skipped: [] })
    const second = await index([pictures, '--out', out, '--model', tinyModel])
    expect(second.answer).toMatchObject({ found: 6, indexed: 0, unchanged: 6, pictures: 6 })
  })

  test('skips what it cannot read, says why, indexes the rest and exits with 3', async () => {
    const pictures = makePictures(place('broken'), names.slice(0, 3))
    copyFileSync(join(starterPictures, names[4]!), join(pictures, 'cut.jpg'))
    truncateSync(join(pictures, 'cut.jpg'), 4000)
    writeFileSync(join(pictures, 'empty.png'), '')
    writeFileSync(join(pictures, 'notes.txt'), 'not a picture and not looked at')
    const { result, answer } = await index([pictures, '--out', place('broken-library'), '--model', tinyModel])
    expect(result.code).toBe(3)
    expect(answer.indexed).toBe(3)
    expect(answer.skipped.map(({ path }) => path).sort()).toEqual(['cut.jpg', 'empty.png'])
    for (const { reason } of answer.skipped) expect(reason).toMatch(/\w+ \w+/)
  })

  test('puts the library into the folder itself unless told where', async () => {
    const pictures = makePictures(place('here'), names.slice(0, 2))
    const result = await picfind(['index', '--model', tinyModel], { cwd: pictures })
    expect(result.code, result.stderr).toBe(0)
    expect(existsSync(join(pictures, '.picfind', 'manifest.json'))).toBe(true)
    const { hits } = await search([pictures, 'red', '--model', tinyModel])
    expect(hits).toHaveLength(2)
  })

  test('takes only included folders, without excluded ones', async () => {
    makePictures(place('folders', 'in'), names.slice(0, 2))
    makePictures(place('folders', 'in', 'not'), names.slice(2, 4))
    makePictures(place('folders', 'out'), names.slice(4, 6))
    const only = ['--include', './in/', '--exclude', 'out/../in//not']
    const { answer } = await index([place('folders'), '--out', place('chosen'), '--model', tinyModel, ...only])
    expect(answer.pictures).toBe(2)
  })

  test('says that a folder has no pictures, and that one to leave out is not there', async () => {
    mkdirSync(place('no-pictures'))
    const args = [place('no-pictures'), '--out', place('no-pictures-library'), '--model', tinyModel]
    const { code, stderr } = await picfind(['index', ...args, '--exclude', 'privat'])
    expect(code).toBe(0)
    expect(stderr).toBe(
      `picfind: there is no folder ${place('no-pictures', 'privat')} to leave out\n` +
        `picfind: there are no pictures in ${place('no-pictures')}\n`,
    )
  })

  test('names a model manifest that is none, whatever its name', async () => {
    writeFileSync(place('my-model.json'), '{}')
    const { code, stderr } = await picfind([
      'index',
      starterPictures,
      '--out',
      place('none'),
      '--model',
      place('my-model.json'),
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^picfind: .*my-model\.json.* is not a model manifest: .+\n$/)
  })

  test('writes plain lines where there is no terminal', async () => {
    const pictures = makePictures(place('plain'), names.slice(0, 3))
    const { stdout, stderr } = await picfind(['index', pictures, '--out', place('plain-library'), '--model', tinyModel])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(stdout).toMatch(/^3 indexed; 3 pictures in .*plain-library\n$/)
  })

  test('commits what is done when interrupted, exits with 130, and goes on next time', async () => {
    const pictures = makePictures(place('interrupted'), names)
    const library = place('interrupted-library')
    mkdirSync(library)
    const child = start(['index', pictures, '--out', library, '--json'])
    // The writer's lock is the first thing indexing leaves on the disk.
    const watching = watch(library, () => {
      watching.close()
      child.kill('SIGINT')
    })
    const result = await ended(child)
    expect(result.code, result.stderr).toBe(130)
    expect(result.stderr).toContain('run the same command again')
    const [stopped] = jsonLines<IndexAnswer>(result.stdout)
    expect(stopped).toMatchObject({ done: false })
    const { answer } = await index([pictures, '--out', library])
    expect(answer).toMatchObject({ done: true, pictures: names.length, unchanged: stopped!.indexed })
  })
})

describe('picfind search', () => {
  const library = place('starter')
  beforeAll(async () => {
    const { result } = await index([starterPictures, '--out', library, '--name', 'starter'])
    expect(result.code, result.stderr).toBe(0)
  })

  test('finds pictures by words, best first', async () => {
    const { hits, took_ms } = await search([library, 'a frog', '-k', '5'])
    expect(hits).toHaveLength(5)
    expect(hits.map(({ path }) => path)).toContain(frog)
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).toSorted((a, b) => b - a))
    expect(hits[0]).toMatchObject({ source: 'starter', id: `starter/${hits[0]!.path}` })
    expect(took_ms).toBeGreaterThan(0)
  })

  test('answers words from the tables alone', async () => {
    const { hits } = await search([library, 'a frog', '-k', '10', '--tower', 'instant'])
    expect(hits.map(({ path }) => path)).toContain(frog)
  })

  test('finds the same picture for a picture file', async () => {
    const { hits } = await search([library, '--image', join(starterPictures, frog), '-k', '3'])
    expect(hits[0]).toMatchObject({ path: frog })
    expect(hits[0]!.score).toBeGreaterThan(0.999)
  })

  test('names a picture file that cannot be read', async () => {
    const file = join(scratch.path, 'no-picture-to-search.jpg')
    writeFileSync(file, 'x')
    const { code, stderr } = await picfind(['search', library, '--image', file])
    expect(code).toBe(1)
    expect(stderr).toContain(file)
  })

  test('says what found them and takes another metric', async () => {
    const options = ['--engine', 'exact', '--num-candidates', '20', '--metric', 'l2']
    const { hits, ...answer } = await search([library, 'frog', ...options])
    expect(answer).toMatchObject({ engine: 'exact', candidates: names.length })
    const scores = hits.map(hit => hit.score)
    expect(scores).toEqual(scores.toSorted((a, b) => a - b))
  })

  test('finds pictures like one of the library', async () => {
    const { hits } = await search([library, '--like', `starter/${frog}`])
    expect(hits.length).toBeGreaterThan(0)
  })

  test('prints a readable line a hit without --json', async () => {
    const { stdout } = await picfind(['search', library, 'snowy', 'mountains', '-k', '2'])
    expect(stdout).toMatch(/^( *-?\d\.\d{3} {2}starter\/\S+\.jpg\n){2}$/)
  })

  test.each([['file'], ['standard input']])('answers a %s of queries with a line each', async from => {
    const input = '"a frog"\n"红色的日落"\n"mountain\\nlake"\n'
    writeFileSync(place('queries.jsonl'), input)
    const args = ['search', library, '--queries', from === 'file' ? place('queries.jsonl') : '-', '--json', '-k', '4']
    const result = await picfind(args, { input })
    expect(result.code, result.stderr).toBe(0)
    const answers = jsonLines<SearchAnswer>(result.stdout)
    expect(answers.map(({ hits }) => hits.length)).toEqual([4, 4, 4])
  })

  test('keeps the order of lines when one of them is no query, and exits with 2', async () => {
    const result = await picfind(['search', library, '--queries', '-', '--json'], {
      input: '"frog"\nfrog\n""\n"snow"\n',
    })
    expect(result.code).toBe(2)
    const answers = jsonLines<SearchAnswer>(result.stdout)
    expect(answers.map(({ error }) => error === undefined)).toEqual([true, false, false, true])
  })

  test('ends quietly when its reader has seen enough', async () => {
    const child = start(['search', library, '--queries', '-', '--json'])
    child.stdin.on('error', () => undefined)
    child.stdin.end('"a frog on a leaf"\n'.repeat(2000))
    child.stdout.once('data', () => child.stdout.destroy())
    const result = await ended(child)
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })

  test('says that there is no library at an address', async () => {
    const site = createServer((_, response) => response.writeHead(404).end())
    site.listen(0, '127.0.0.1')
    onTestFinished(() => void site.close())
    await once(site, 'listening')
    const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
    const { code, stderr } = await picfind(['search', address, 'frog'])
    expect(stderr).toBe(`picfind: There is no library at ${address}manifest.json; check the address.\n`)
    expect(code).toBe(1)
  })

  test('refuses a library of another model by name', async () => {
    const result = await picfind(['search', library, 'frog', '--model', tinyModel])
    expect(result.code).toBe(1)
    for (const name of ['"picfind-mini"', tinyModel]) expect(result.stderr).toContain(name)
  })
})

describe('picfind inspect', () => {
  test('writes the pixels as the model gets them and prints the unit vector', async () => {
    const out = place('pixels')
    const image = join(starterPictures, frog)
    const args = ['inspect', '--json', '--image', image, '--model', 'picfind-mini', '--pixels', out]
    const [answer] = jsonLines<InspectAnswer>((await picfind(args)).stdout)
    const png = readFileSync(join(out, 'orange-toad-on-a-leaf.png'))
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([224, 224])
    expect(Math.hypot(...answer!.vector!)).toBeCloseTo(1, 5)
  })

  test('prints ids and vector of each text', async () => {
    const args = ['inspect', '--json', '--texts', '-', '--model', 'picfind-mini']
    const { stdout } = await picfind(args, { input: '"a red apple"\n"café"\n' })
    const answers = jsonLines<InspectAnswer>(stdout)
    expect(answers[0]!.ids).toEqual([101, 1037, 2417, 6207, 102])
    for (const { vector } of answers) expect(Math.hypot(...vector!)).toBeCloseTo(1, 5)
  })

  test('prints ids from a tokenizer.json alone', async () => {
    const tokenizer = join(tinyModel, '..', '..', '..', '..', 'models', 'picfind-mini', 'tokenizer-en.json')
    const { stdout } = await picfind(['inspect', '--texts', '-', '--tokenizer', tokenizer], {
      input: '"a red apple"\n',
    })
    expect(jsonLines<InspectAnswer>(stdout)[0]).toMatchObject({ ids: [101, 1037, 2417, 6207, 102], vector: null })
  })

  test('needs no weights for pixels and tokens, and says which are missing for vectors', async () => {
    const folder = place('no-weights')
    mkdirSync(folder)
    for (const name of ['model.json', 'tokenizer.json']) copyFileSync(join(tinyModel, '..', name), join(folder, name))
    const model = ['--model', join(folder, 'model.json')]
    const image = ['--image', join(starterPictures, frog), '--pixels', place('no-weights-pixels')]
    const [picture] = jsonLines<InspectAnswer>((await picfind(['inspect', ...model, ...image])).stdout)
    expect(picture!.vector).toBeNull()
    expect(picture!.reason).toContain('vision.onnx')
    expect(existsSync(picture!.pixels!)).toBe(true)
    const texts = await picfind(['inspect', ...model, '--texts', '-'], { input: '"red"\n' })
    const [text] = jsonLines<InspectAnswer>(texts.stdout)
    expect(text!.ids.length).toBeGreaterThan(0)
    expect(text!.vector).toBeNull()
  })

  test('names a picture it cannot read and goes on', async () => {
    writeFileSync(place('no-picture.png'), 'nothing of the kind')
    const image = ['--image', place('no-picture.png'), join(starterPictures, frog)]
    const result = await picfind(['inspect', '--model', tinyModel, ...image])
    expect(result.code).toBe(3)
    const [bad, good] = jsonLines<InspectAnswer>(result.stdout)
    expect(bad!.error).toContain('no picture')
    expect(good!.vector).not.toBeNull()
  })
})

describe('picfind models', () => {
  test('lists the built-in model with its licence and that it is here', async () => {
    const { stdout } = await picfind(['models', '--json'])
    const { models } = jsonLines<{ models: { id: string; here: boolean }[] }>(stdout)[0]!
    expect(models[0]).toMatchObject({ id: 'picfind-mini', here: true })
    expect((await picfind(['models'])).stdout).toContain('picfind-mini')
  })

  test('verifies the built-in model', async () => {
    const result = await picfind(['models', 'verify', 'picfind-mini', '--json'])
    expect(result.code, result.stderr).toBe(0)
    expect(jsonLines(result.stdout)[0]).toMatchObject({ model: 'picfind-mini', whole: true })
  })

  test('names the file of a model that is not what it should be', async () => {
    const folder = place('bad-model')
    mkdirSync(folder)
    for (const name of readdirSync(join(tinyModel, '..'))) copyFileSync(join(tinyModel, '..', name), join(folder, name))
    truncateSync(join(folder, 'words.bin'), 100)
    const result = await picfind(['models', 'verify', join(folder, 'model.json')])
    expect(result.code).toBe(1)
    expect(result.stdout).toMatch(/^words\.bin .*found 100/m)
  })
})

describe('wrong arguments', () => {
  test.each([
    ['an unknown option', ['index', '.', '--fast']],
    ['an unknown command', ['find', 'frog']],
    ['a missing folder', ['index', place('nowhere')]],
    ['a file for a folder', ['index', tinyModel]],
    [
      'an included folder that is not there',
      ['index', starterPictures, '--include', 'nowhere', '--out', place('none')],
    ],
    ['an included folder that is outside', ['index', starterPictures, '--include', '..', '--out', place('none')]],
    ['an unknown model', ['index', starterPictures, '--model', 'nothing-like-it', '--out', place('none')]],
    ['a library that is not there', ['search', place('nowhere'), 'frog']],
    ['a folder that holds no library', ['search', starterPictures, 'frog']],
    ['no query', ['search', '.']],
    ['an empty query', ['search', '.', '']],
    ['words and a picture at once', ['search', '.', 'frog', '--image', tinyModel]],
    ['a picture that is not there', ['search', '.', '--image', place('nowhere.jpg')]],
    ['a count that is no number', ['search', '.', 'frog', '-k', 'many']],
    ['a count of zero', ['search', '.', 'frog', '-k', '0']],
    ['an unknown tower', ['search', '.', 'frog', '--tower', 'tall']],
    ['nothing to inspect', ['inspect', '--model', 'picfind-mini']],
    ['texts without a model or tokenizer', ['inspect', '--texts', '-']],
    ['a port that is no port', ['serve', '--port', 'http']],
    ['an empty option', ['index', starterPictures, '--out', '']],
    ['an empty folder name', ['index', '']],
    ['an address for a folder of pictures', ['index', 'https://example.org/pictures']],
    ['an address for a library to write', ['index', starterPictures, '--out', 'https://example.org/library']],
    ['an address of a kind that is not read', ['search', 'ftp://example.org/library', 'frog']],
    ['a folder for a model', ['models', 'verify', join(tinyModel, '..')]],
    ['an unknown command of models', ['models', 'find']],
    ['pixels of texts', ['inspect', '--texts', '-', '--model', tinyModel, '--pixels', place('none')]],
    ['a file for the folder of pixels', ['inspect', '--image', tinyModel, '--model', tinyModel, '--pixels', tinyModel]],
    ['an empty host', ['serve', '--host', '']],
  ])('%s: one clear line and exit code 2', async (_, args) => {
    const { code, stdout, stderr } = await picfind(args)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^picfind: .+\n$/)
    expect(code).toBe(2)
  })
})
