/** Vector search beside the field: in Chromium what npm has for pages, in Node a native library too. */
import { browserProfile, serveCheckout } from './browser.mjs'
import { installContenders, nodePath, pagePath, versionOf } from './contenders/install.mjs'
import { measureField } from './field-measure.mjs'
import { atLeast, missing, row } from './rows.mjs'

const recall = 0.995
/** hnswlib-wasm starts in pages only, usearch in Node only; of 100,000 rows all but usearch take many minutes. */
const fields = [
  { place: 'Chromium', rows: 10_000, names: ['hnswlib-wasm', 'edgevec', 'voy-search', 'plain'], builds: 3 },
  { place: 'Node', rows: 10_000, names: ['usearch'], builds: 3 },
  { place: 'Node', rows: 100_000, names: ['usearch'], builds: 1 },
]
const quickFields = [
  { place: 'Chromium', rows: 10_000, names: ['hnswlib-wasm', 'plain'], builds: 1 },
  { place: 'Node', rows: 10_000, names: ['usearch'], builds: 1 },
]
const goals = {
  'hnswlib-wasm': { build: atLeast(6), query: atLeast(6) },
  usearch: { build: atLeast(1.43), query: atLeast(1) },
}

async function inChromium(options) {
  const server = await serveCheckout()
  const profile = browserProfile()
  try {
    return await profile.use(async context => {
      const page = await context.newPage()
      await page.goto(`${server.url}/bench`)
      return page.evaluate(async options => {
        const { measureField } = await import('/tests/bench/field-measure.mjs')
        return measureField(options)
      }, options)
    })
  } finally {
    server.close()
    profile.remove()
  }
}

const measures = {
  Chromium: options => inChromium({ ...options, modules: pagePath }),
  Node: options => measureField({ ...options, modules: nodePath }),
}

const found = ({ recall, ef }) => `recall ${recall.toFixed(3)}${ef ? ` (ef ${ef})` : ''}`
const labelOf = name => (name === 'plain' ? 'plain JavaScript' : `${name} ${versionOf(name)}`)

function* compared({ place, rows, names }, { picfind, ...others }) {
  const what = `${rows.toLocaleString('en')} × 512, ${place}`
  for (const name of names) {
    const other = others[name]
    const against = `${labelOf(name)}: `
    if (name !== 'plain') {
      const times = `${other.build.toFixed(2)} s, Picfind ${picfind.build.toFixed(2)} s`
      const goal = rows === 10_000 ? goals[name]?.build : undefined
      yield row(`${what}: build, one thread`, other.build / picfind.build, '× as fast', {
        goal,
        against: `${against}${times}`,
      })
    }
    const times = `${other.query.toFixed(3)} ms, ${found(other)}; Picfind ${picfind.query.toFixed(3)} ms, ${found(picfind)}`
    const goal = rows === 10_000 ? goals[name]?.query : undefined
    yield row(`${what}: a query`, other.query / picfind.query, '× as fast', { goal, against: `${against}${times}` })
  }
  if (rows === 10_000) yield row(`${what}: recall@10`, picfind.recall, '', { goal: atLeast(recall) })
}

export async function* vectorSearch({ quick }) {
  if (!(await installContenders())) {
    yield missing('Vector search beside other libraries', 'their packages could not be installed')
    return
  }
  for (const field of quick ? quickFields : fields) {
    const { place, rows, builds } = field
    // edgevec cannot change how many candidates it keeps, so it gets enough at once.
    const options = { rows, builds, recall, fixedEf: 256, queries: 200, rounds: quick ? 3 : 7 }
    const results = await measures[place]({ ...options, names: ['picfind', ...field.names] })
    yield* compared(field, results)
  }
}
