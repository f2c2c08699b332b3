import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  type Hits,
  type Library,
  type Metric,
  PicfindError,
  type Query,
  type SearchEngine,
  type SearchOptions,
} from '../engine/node.ts'
import { exitCode, usageError } from './exit.ts'
import { decodingOption, licenceOption, type ModelOptions, modelOption, openLibrary } from './open-library.ts'
import { note, printJson, printLine } from './output.ts'
import { findLibrary, requireFile } from './places.ts'

interface SearchCommandOptions extends ModelOptions {
  image?: string
  like?: string
  queries?: string
  k: number
  tower: 'instant' | 'best'
  metric: Metric
  engine?: SearchEngine
  numCandidates?: number
  json?: boolean
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.')
  return value
}

export function addSearchCommand(program: Command): void {
  program
    .command('search')
    .summary('find pictures in a library')
    .description('Prints the best pictures for words, for a picture, or for one of the library, best first.')
    .argument('<library>', 'a library’s folder or address, or a folder that was indexed')
    .argument('[words...]', 'what to look for')
    .option('--image <file>', 'find pictures like this file')
    .option('--like <id>', 'find pictures like this one of the library')
    .option('--queries <file>', 'answer many: a JSON string a line, - for standard input; prints a JSON line each')
    .option('-k <count>', 'how many pictures', wholeNumber, 10)
    .addOption(
      new Option('--tower <tower>', 'instant answers words from a table, best from the best the model has')
        .choices(['instant', 'best'])
        .default('best'),
    )
    .addOption(
      new Option('--metric <metric>', 'how vectors are compared; l2 and l1 are distances')
        .choices(['cosine', 'dot', 'l2', 'l1'])
        .default('cosine'),
    )
    .addOption(
      new Option(
        '--engine <engine>',
        'what finds candidates, if not left to the library: a scan, a graph, signs',
      ).choices(['exact', 'hnsw', 'sign']),
    )
    .option('--num-candidates <count>', 'how many candidates are looked at closer', wholeNumber)
    .addOption(modelOption())
    .addOption(licenceOption())
    .addOption(decodingOption())
    .option('--json', 'print one JSON object')
    .action(async (place: string, words: string[], options: SearchCommandOptions) => {
      process.exitCode = await search(place, words, options)
    })
}

async function search(place: string, words: string[], options: SearchCommandOptions): Promise<number> {
  const ask = await questionOf(words, options)
  const { library, endDownloads } = await openLibrary(findLibrary(place), options)
  try {
    const { k, tower, metric, engine, numCandidates } = options
    const searchOptions: SearchOptions = { k, tower, metric, engine, numCandidates }
    if ('queries' in ask) return await answerMany(library, ask.queries, searchOptions)
    const hits = await library.search(ask.query, searchOptions).catch(error => {
      // The engine was given bytes and does not know their name.
      if (options.image === undefined || !(error instanceof PicfindError)) throw error
      throw new PicfindError(error.code, `${options.image}: ${error.message}`, { cause: error })
    })
    for (const notice of (await library.info()).notices) note(`picfind: ${notice}`)
    if (options.json) printJson(answer(hits))
    else printTable(hits)
    return exitCode.ok
  } finally {
    endDownloads()
    await library.close()
  }
}

/** One query, or the file of many. */
async function questionOf(
  words: string[],
  { image, like, queries }: SearchCommandOptions,
): Promise<{ query: Query } | { queries: string }> {
  const given = [words.length > 0, image, like, queries].filter(Boolean).length
  if (given === 0) throw usageError('nothing to look for: give words, --image FILE, --like ID or --queries FILE')
  if (given > 1) throw usageError('give only one of words, --image, --like and --queries')
  if (queries !== undefined) return { queries: queries === '-' ? queries : requireFile(queries) }
  if (image !== undefined) return { query: { picture: await readFile(requireFile(image)) } }
  if (like !== undefined) return { query: { like } }
  const text = words.join(' ').trim()
  if (text === '') throw usageError('the query is empty: give at least one word')
  return { query: text }
}

/** An answer for every line, whatever is in it, so that answers and lines can be put side by side. */
async function answerMany(library: Library, file: string, options: SearchOptions): Promise<number> {
  let code: number = exitCode.ok
  const input = file === '-' ? process.stdin : createReadStream(file)
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const query = queryOf(line)
    if (query === undefined) {
      code = exitCode.usage
      printJson({ hits: [], took_ms: 0, error: `expected a JSON string that is not empty, found ${line.slice(0, 80)}` })
      continue
    }
    printJson({ query, ...answer(await library.search(query, options)) })
  }
  return code
}

function queryOf(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  } catch {
    return undefined
  }
}

function answer(hits: Hits) {
  return {
    hits: Array.from(hits, ({ id, source, path, score }) => ({ id, source, path, score: Number(score.toFixed(6)) })),
    took_ms: Number(hits.tookMs.toFixed(2)),
    tower: hits.tower,
    rescored: hits.rescored,
    engine: hits.engine,
    candidates: hits.candidates,
  }
}

function printTable(hits: Hits): void {
  if (hits.length === 0) note('picfind: the library has no pictures')
  for (const { id, score } of hits) printLine(`${score.toFixed(3).padStart(6)}  ${id}`)
}
