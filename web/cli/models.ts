import { type Command, Option } from 'commander'
import { reasonOf } from '../engine/errors.ts'
import { fileName, filesOf, type ModelFile, shippedModels } from '../engine/models.ts'
import { exitCode, usageError } from './exit.ts'
import { interruptible } from './interrupt.ts'
import { findModel, type ModelPlace } from './model-place.ts'
import { displayModelProgress } from './model-progress.ts'
import { addTableCommand } from './models-table.ts'
import { licenceOption, withAdvice } from './open-library.ts'
import { megabytes, printJson, printLine } from './output.ts'

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .summary('list, fetch and verify models, fit tables')
    .description('Models and their files.')
  const json = () => new Option('--json', 'print one JSON object')
  models
    .command('list', { isDefault: true })
    .description('Lists the models that Picfind knows and whether their files are on this machine.')
    .addOption(json())
    // The default command: what follows `models` and is no command comes here.
    .allowExcessArguments()
    .action(list)
  models
    .command('fetch')
    .description('Downloads and verifies the files of a model; goes on where an earlier run ended.')
    .argument('<id>', 'a model id, or the path of a model.json')
    .addOption(licenceOption())
    .addOption(json())
    .action(fetchModel)
  models
    .command('verify')
    .description('Checks the files of a model on this machine against their size and sha256.')
    .argument('<id>', 'a model id, or the path of a model.json')
    .addOption(json())
    .action(verify)
  addTableCommand(models, json)
}

const nameOf = (file: ModelFile) => fileName(file.path ?? file.url ?? '')

/** Who says what the file should be. */
const hashedBy = (file: ModelFile) => (file.sha256 === null ? 'first download' : 'publisher')

/** undefined where the size of a file is not published. */
function sizeOf({ manifest }: ModelPlace): number | undefined {
  const sizes = filesOf(manifest).map(({ bytes }) => bytes)
  return sizes.includes(null) ? undefined : sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
}

async function list(options: { json?: boolean }, { args: [unknown] }: Command): Promise<void> {
  if (unknown !== undefined)
    throw usageError(`models has no command '${unknown}'; it has list, fetch, verify and table`)
  const places = await Promise.all(shippedModels.map(id => findModel(id)))
  const entries = places.map(place => {
    const { id, name, description, limits, licence, languages, source } = place.manifest
    const here = filesOf(place.manifest).every(file => place.pathOf(file))
    return { id, name, description, limits, licence, languages, source, bytes: sizeOf(place) ?? null, here }
  })
  if (options.json) return printJson({ models: entries })
  for (const { id, description, licence, bytes, here } of entries) {
    const terms = licence.commercial ? licence.name : `${licence.name}, not for commercial use`
    const size = bytes === null ? 'size unknown' : megabytes(bytes)
    printLine(`${id}\n  ${description}\n  ${size}, ${here ? 'on this machine' : 'to be downloaded'}; ${terms}`)
  }
}

async function fetchModel(id: string, options: { acceptLicence?: boolean; json?: boolean }): Promise<void> {
  const { manifest, files, pathOf } = await findModel(id, options.acceptLicence)
  const signal = interruptible()
  const display = displayModelProgress()
  const fetched = []
  try {
    for (const file of filesOf(manifest)) {
      const bytes = await files.read(file, { signal, onProgress: display.show })
      const sha256 = await files.sha256(file)
      fetched.push({ name: nameOf(file), bytes: bytes.length, sha256, hashedBy: hashedBy(file), path: pathOf(file) })
    }
  } catch (error) {
    display.end()
    if (signal.aborted) {
      console.error('picfind: stopped; what has arrived is kept, run the same command again to go on')
      process.exitCode = exitCode.interrupted
      return
    }
    throw withAdvice(error, false)
  }
  display.end()
  if (options.json) return printJson({ model: manifest.id, files: fetched })
  for (const { name, bytes, path } of fetched) printLine(`${name}  ${megabytes(bytes)}  ${path}`)
}

async function verify(id: string, options: { json?: boolean }): Promise<void> {
  const { manifest, filesHere, pathOf } = await findModel(id, true)
  const checked: { name: string; path?: string; hashedBy: string; fault?: string }[] = []
  for (const file of filesOf(manifest)) {
    const entry = { name: nameOf(file), path: pathOf(file), hashedBy: hashedBy(file) }
    try {
      await filesHere.read(file)
      checked.push(entry)
    } catch (error) {
      checked.push({ ...entry, fault: reasonOf(error) })
    }
  }
  const faults = checked.filter(({ fault }) => fault !== undefined)
  if (options.json) printJson({ model: manifest.id, whole: faults.length === 0, files: checked })
  else for (const { name, hashedBy, fault } of checked) printLine(`${name}  ${fault ?? `as its ${hashedBy} says`}`)
  process.exitCode = faults.length === 0 ? exitCode.ok : exitCode.failed
}
