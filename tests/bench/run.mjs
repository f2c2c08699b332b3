/**
 * `npm run bench`: every figure of the README, measured on this machine. Times come as ratios of two things measured in the same run.
 * Benches can be named: `npm run bench -- recall exact-search`; `--json FILE` also writes the rows there.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { build } from '../../web/tools/build.mjs'
import { Failure, main } from '../../web/tools/command.mjs'
import { setup } from '../../web/tools/setup.mjs'
import { exactSearch } from './exact-search.mjs'
import { largePictures } from './large-pictures.mjs'
import { page } from './page.mjs'
import { recall } from './recall.mjs'
import { smallPictures } from './small-pictures.mjs'
import { trueSize } from './true-size.mjs'
import { versions } from './versions.mjs'

const benches = {
  recall,
  'exact-search': exactSearch,
  page,
  'small-pictures': smallPictures,
  'large-pictures': largePictures,
  'true-size': trueSize,
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true })
    const unknown = positionals.filter(name => !(name in benches))
    if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}`)
    return { json: values.json, names: positionals.length > 0 ? positionals : Object.keys(benches) }
  } catch (error) {
    console.error(`${error.message}. Usage: npm run bench -- [--json FILE] [${Object.keys(benches).join(' | ')}]…`)
    process.exit(2)
  }
}

const marks = new Map([
  [true, 'met'],
  [false, 'MISSED'],
  [undefined, ''],
])

function printRow({ what, value, goal = '', met, beside = '' }) {
  const columns = [what.padEnd(58), value.padStart(12), goal.padStart(11), marks.get(met).padEnd(6), beside]
  console.log(`  ${columns.join('  ')}`.trimEnd())
}

const { json, names } = readArguments()
await main(async () => {
  await build(await setup('test'))
  const about = { processor: `${cpus()[0]?.model}, ${cpus().length} cores`, ...(await versions()) }
  for (const [name, version] of Object.entries(about)) console.log(`${name}: ${version}`)
  const results = {}
  for (const name of names) {
    console.log(`\n${name}`)
    results[name] = []
    // A bench yields rows: { what, value (text), goal?, met?, beside? }.
    for await (const row of benches[name]()) {
      printRow(row)
      results[name].push(row)
    }
  }
  if (json) writeFileSync(json, `${JSON.stringify({ about, results }, null, 2)}\n`)
  const missed = Object.values(results)
    .flat()
    .filter(({ met }) => met === false)
  if (missed.length > 0) throw new Failure(`\n${missed.length} of the goals missed`)
})
