/**
 * `npm run bench`: every figure of the README, measured on this machine. Speeds come as ratios of two things measured in turns in the
 * same run, with the recall beside them. Benches can be named: `npm run bench -- recall exact-search`.
 *   --quick      fewer and smaller measurements of each: under 3 minutes in all
 *   --million    the benches of a million vectors, which are a run of their own
 *   --json FILE  also writes { about, rows: [{ bench, name, value, unit, goal, met, against }] }
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { build } from '../../web/tools/build.mjs'
import { Failure, main } from '../../web/tools/command.mjs'
import { setup } from '../../web/tools/setup.mjs'
import { backgroundGraph } from './background-graph.mjs'
import { decoding } from './decoding.mjs'
import { exactSearch } from './exact-search.mjs'
import { largePictures } from './large-pictures.mjs'
import { manyFiles } from './many-files.mjs'
import { million } from './million.mjs'
import { opening } from './opening.mjs'
import { page } from './page.mjs'
import { quickSearch } from './quick-search.mjs'
import { recall } from './recall.mjs'
import { printRow } from './rows.mjs'
import { serverFiles } from './server-files.mjs'
import { serverMillion } from './server-million.mjs'
import { serverSearch } from './server-search.mjs'
import { serverSync } from './server-sync.mjs'
import { site } from './site.mjs'
import { siteUpdate } from './site-update.mjs'
import { smallPictures } from './small-pictures.mjs'
import { transformers } from './transformers.mjs'
import { trueSize } from './true-size.mjs'
import { vectorSearch } from './vector-search.mjs'
import { versions } from './versions.mjs'

/** Each takes { quick } and yields rows (rows.mjs). */
const benches = {
  recall,
  'vector-search': vectorSearch,
  'exact-search': exactSearch,
  'background-graph': backgroundGraph,
  'quick-search': quickSearch,
  'server-search': serverSearch,
  site,
  'site-update': siteUpdate,
  opening,
  page,
  decoding,
  'small-pictures': smallPictures,
  'large-pictures': largePictures,
  transformers,
  'true-size': trueSize,
  'many-files': manyFiles,
  'server-files': serverFiles,
  'server-sync': serverSync,
  million,
  'server-million': serverMillion,
}
/** They measure what cannot be cut short. */
const notQuick = [
  'recall',
  'background-graph',
  'opening',
  'many-files',
  'server-sync',
  'site',
  'site-update',
  'true-size',
]
/** Only by name. */
const onTheirOwn = ['million', 'server-million']

function readArguments() {
  const options = {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
  }
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const unknown = positionals.filter(name => !(name in benches))
    if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}`)
    const named = values.million ? [...positionals, ...onTheirOwn] : positionals
    const all = Object.keys(benches).filter(
      name => !onTheirOwn.includes(name) && !(values.quick && notQuick.includes(name)),
    )
    return { ...values, names: named.length > 0 ? named : all }
  } catch (error) {
    const usage = `npm run bench -- [--quick] [--million] [--json FILE] [${Object.keys(benches).join(' | ')}]…`
    console.error(`${error.message}. Usage: ${usage}`)
    process.exit(2)
  }
}

const { json, quick, names } = readArguments()
await main(async () => {
  await build(await setup('test'))
  const about = { processor: `${cpus()[0]?.model}, ${cpus().length} cores`, ...(await versions()) }
  for (const [name, version] of Object.entries(about)) console.log(`${name}: ${version}`)
  const rows = []
  const minutes = {}
  for (const name of names) {
    console.log(`\n${name}`)
    const started = performance.now()
    for await (const row of benches[name]({ quick })) {
      printRow(row)
      rows.push({ bench: name, ...row })
    }
    minutes[name] = (performance.now() - started) / 60_000
  }
  const all = Object.values(minutes).reduce((sum, some) => sum + some, 0)
  const each = Object.entries(minutes).map(([name, some]) => `${name} ${some.toFixed(1)}`)
  console.log(`\n${all.toFixed(1)} minutes: ${each.join(', ')}`)
  if (json) writeFileSync(json, `${JSON.stringify({ about, rows }, null, 2)}\n`)
  const missed = rows.filter(({ met }) => met === false)
  if (missed.length > 0) throw new Failure(`\n${missed.length} of the goals missed`)
})
