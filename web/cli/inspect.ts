import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Command, Option } from 'commander'
import { loadCore } from '../engine/core-loader.ts'
import { decodePicture } from '../engine/decode.ts'
import { platformDecode } from '../engine/decode-node.ts'
import { leastSize } from '../engine/decode-size.ts'
import { type Encoder, openEncoder } from '../engine/encoder.ts'
import { reasonOf } from '../engine/errors.ts'
import type { Decoding } from '../engine/options.ts'
import { Tokenizer } from '../engine/tokenizer.ts'
import { exitCode, usageError } from './exit.ts'
import { findModel, type ModelPlace } from './model-place.ts'
import { decodingOption } from './open-library.ts'
import { printJson } from './output.ts'
import { coreAddress, requireFile, requireFolder } from './places.ts'

interface InspectOptions {
  image?: string[]
  texts?: string
  model?: string
  tokenizer?: string
  pixels?: string
  tower: 'instant' | 'best'
  decoding: Decoding
}

/** A vector, or why there is none: pixels and tokens are printed without the model's weights. */
type Vector = { vector: number[] } | { vector: null; reason: string }

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('print pixels, tokens and vectors as the model gets and gives them')
    .description(
      'For people who ask why two vectors differ. Prints a JSON line for each picture or text. ' +
        'Pixels and tokens need no weights: without them the vector is null.',
    )
    .option('--image <file...>', 'pictures')
    .option('--pixels <folder>', 'write the pixels the model gets as FOLDER/NAME.png')
    .option('--texts <file>', 'texts, a JSON string a line, - for standard input')
    .option('-m, --model <id>', 'a model id, or the path of a model.json')
    .option('--tokenizer <file>', 'a tokenizer.json, for the ids of texts without a model')
    .addOption(
      new Option('--tower <tower>', 'which text towers make the vector').choices(['instant', 'best']).default('best'),
    )
    .addOption(decodingOption())
    .option('--json', 'print JSON lines, as it always does')
    .action(async (options: InspectOptions) => {
      process.exitCode = await inspect(options)
    })
}

async function inspect(options: InspectOptions): Promise<number> {
  const { image: images, texts, model, tokenizer, pixels, tower } = options
  if ((images === undefined) === (texts === undefined)) throw usageError('give either --image or --texts')
  if (texts !== undefined && tokenizer !== undefined && model === undefined) {
    return inspectTexts(texts, await tokenizerAlone(requireFile(tokenizer)))
  }
  if (tokenizer !== undefined) throw usageError('--tokenizer goes with --texts and without --model')
  if (model === undefined) throw usageError('name a model with --model')
  if (pixels !== undefined) {
    if (images === undefined) throw usageError('--pixels goes with --image')
    if (existsSync(pixels)) requireFolder(pixels)
  }
  const place = await findModel(model)
  // Without its weights it cannot be opened; the reason then stands in the place of every vector.
  const encoder = openEncoder(place.manifest, place.filesHere)
  encoder.catch(() => undefined)
  try {
    if (texts !== undefined) return await inspectTexts(texts, textsOf(place, encoder, tower))
    return await inspectPictures(images ?? [], place, encoder, options)
  } finally {
    await encoder.then(opened => opened.close()).catch(() => undefined)
  }
}

async function inspectPictures(
  images: string[],
  { manifest }: ModelPlace,
  encoder: Promise<Encoder>,
  { pixels, decoding }: InspectOptions,
): Promise<number> {
  const core = await loadCore({ core: coreAddress, models: '' })
  if (pixels !== undefined) mkdirSync(pixels, { recursive: true })
  const { preprocess } = manifest
  const least = leastSize(preprocess, decoding)
  const taken = new Set<string>()
  let code: number = exitCode.ok
  for (const image of images) {
    try {
      const bytes = await readFile(requireFile(image))
      const picture = await decodePicture(core, bytes, basename(image), least, platformDecode)
      try {
        const { type, width, height, scale } = picture
        const { size } = preprocess
        const written = pixels === undefined ? undefined : join(pixels, `${nameFor(image, taken)}.png`)
        if (written !== undefined) await writeFile(written, core.encodePng(picture.fit(preprocess), size, size))
        const tensor = picture.tensor(preprocess)
        const vector = await vectorOr(async () => (await (await encoder).encodePictures([tensor]))[0])
        const pixelsAt = { type, width, height, decoding, scale, size, pixels: written }
        printJson({ image, model: manifest.id, ...pixelsAt, ...vector })
      } finally {
        picture.delete()
      }
    } catch (error) {
      code = exitCode.someSkipped
      printJson({ image, model: manifest.id, error: reasonOf(error) })
    }
  }
  return code
}

/** The name without its extension, or with it where two pictures share the former. */
function nameFor(image: string, taken: Set<string>): string {
  const short = basename(image, extname(image))
  const name = taken.has(short) ? basename(image) : short
  taken.add(name)
  return name
}

async function vectorOr(make: () => Promise<Float32Array | undefined>): Promise<Vector> {
  try {
    const vector = await make()
    return vector ? { vector: Array.from(vector) } : { vector: null, reason: 'the model knows no token of it' }
  } catch (error) {
    return { vector: null, reason: reasonOf(error) }
  }
}

type InspectText = (text: string) => Promise<object>

async function inspectTexts(file: string, inspectText: InspectText): Promise<number> {
  let code: number = exitCode.ok
  const input = file === '-' ? process.stdin : createReadStream(requireFile(file))
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    try {
      const text: unknown = JSON.parse(line)
      if (typeof text !== 'string') throw new Error('it is not a string')
      printJson({ text, ...(await inspectText(text)) })
    } catch (error) {
      code = exitCode.someSkipped
      printJson({ error: `expected a JSON string: ${reasonOf(error)}`, line: line.slice(0, 80) })
    }
  }
  return code
}

async function tokenizerAlone(file: string): Promise<InspectText> {
  const tokenizer = new Tokenizer(await readFile(file), { maxLength: Number.POSITIVE_INFINITY }, file)
  return async text => ({ ids: tokenizer.encode(text), vector: null, reason: 'a tokenizer alone gives no vector' })
}

/** `ids` are those of the tower that weighs most in the answer; `towers` has those of every tower. */
function textsOf(
  { manifest, filesHere }: ModelPlace,
  encoder: Promise<Encoder>,
  tower: 'instant' | 'best',
): InspectText {
  const tokenizers = manifest.towers.text.map(async ({ id, tokenizer }) => ({
    id,
    tokenizer: new Tokenizer(await filesHere.read(tokenizer), tokenizer, tokenizer.path ?? tokenizer.url ?? ''),
  }))
  const rule = (manifest.queries[tower].length > 0 ? manifest.queries[tower] : manifest.queries.best)[0]
  const main = rule?.blend.toSorted((a, b) => b.weight - a.weight)[0]?.tower
  return async text => {
    const ids = (await Promise.all(tokenizers)).map(({ id, tokenizer }) => [id, tokenizer.encode(text)] as const)
    let used = ''
    const vector = await vectorOr(async () => {
      const encoded = await (await encoder).encodeText(text, tower)
      used = encoded.tower
      return encoded.vector
    })
    const towers = Object.fromEntries(ids)
    return { model: manifest.id, ids: towers[main ?? ''], towers, tower: used, ...vector }
  }
}
