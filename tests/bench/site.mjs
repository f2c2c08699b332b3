/**
 * The search of a site in Chromium: what a visitor loads and waits for who has never been there. Bytes are what the server was asked for
 * under picfind/, each file in gzip, without thumbnails; seconds are from a local server that compresses nothing.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { inRoot } from '../../web/tools/places.mjs'
import { askWorker, browserProfile, serveCheckout, serveLibrary } from './browser.mjs'
import { writeSite } from './made-site.mjs'
import { median } from './measure.mjs'
import { atMost, row } from './rows.mjs'
import { syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const words = 'red apple'
/** Milliseconds until a browser just started is done with pages of its own, which compete with ours. */
const settling = 2000
const large = 100_000
/** As the element has it. */
const signsFirstAbove = 20_000
const k = 10

const kilobytesOf = (folder, paths) =>
  paths.reduce((sum, path) => sum + gzipSync(readFileSync(`${folder}/${path}`)).length / 1024, 0)

/** Runs in a page before its own scripts: milliseconds from the start of its loading to the first results. */
function timeToResults() {
  document.addEventListener('picfind-results', ({ detail }) => {
    if (detail.results.length > 0) globalThis.resultsAt ??= performance.now()
  })
}

/** A visitor who has nothing yet. `use(tab, loaded)`; `loaded` gives the bundle's files that were asked for since it was last called. */
async function visit(server, path, use) {
  const profile = browserProfile()
  try {
    return await profile.use(async context => {
      const tab = await context.newPage()
      await tab.addInitScript(timeToResults)
      await tab.waitForTimeout(settling)
      server.asked.length = 0
      await tab.goto(`${server.url}/${path}`)
      const files = /\/(picfind\/(?!thumbs\/).*)/
      return use(tab, async () => {
        await tab.waitForLoadState('networkidle')
        const asked = server.asked.splice(0).flatMap(asked => files.exec(asked)?.[1] ?? [])
        return [...new Set(asked)]
      })
    })
  } finally {
    profile.remove()
  }
}

/** KB of the first answer and of more like one of its pictures, seconds of the first answer. */
function firstAnswer(server, folder, site) {
  return visit(server, `${folder}/asks.html?q=${encodeURIComponent(words)}`, async (tab, loaded) => {
    await tab.waitForFunction(() => 'resultsAt' in globalThis)
    const seconds = (await tab.evaluate(() => globalThis.resultsAt)) / 1000
    const answer = await loaded()
    await tab
      .getByRole('button', { name: /^More like/ })
      .first()
      .click()
    await tab.getByText(/^Like .*: \d+ pictures/).waitFor()
    const more = (await loaded()).filter(path => !answer.includes(path))
    return { seconds, kilobytes: kilobytesOf(site, answer), more: kilobytesOf(site, more), files: answer.length }
  })
}

/** Seconds from the click to the first answer of full search and to its end, megabytes as they are and in gzip. */
function fullSearch(server, folder, site) {
  return visit(server, `${folder}/asks.html?q=${encodeURIComponent(words)}`, async (tab, loaded) => {
    const button = tab.getByRole('button', { name: /Load full search/ })
    await button.waitFor()
    await loaded()
    const times = await tab.evaluate(
      () =>
        new Promise(resolve => {
          const element = document.querySelector('picfind-search')
          const root = element.shadowRoot
          const started = performance.now()
          let first
          element.addEventListener('picfind-results', ({ detail }) => {
            if (detail.answer === 'full') first ??= performance.now() - started
          })
          new MutationObserver(() => {
            if (first !== undefined && !root.querySelector('progress')) resolve([first, performance.now() - started])
          }).observe(root, { subtree: true, childList: true })
          root.querySelector('[part=load]').click()
        }),
    )
    const paths = await loaded()
    const megabytes = paths.reduce((sum, path) => sum + readFileSync(`${site}/${path}`).length / 1e6, 0)
    const [first, whole] = times.map(time => time / 1000)
    return { first, whole, megabytes, zipped: (kilobytesOf(site, paths) * 1024) / 1e6 }
  })
}

async function* small(count, budget, rounds) {
  const folder = `build/bench/site-${count}`
  const site = inRoot(folder)
  if (!existsSync(site)) mkdirSync(site, { recursive: true })
  await writeSite(site, count)
  const server = await serveCheckout()
  const name = `${count.toLocaleString('en')} pictures`
  try {
    if (count === 1000) {
      const untouched = await visit(server, `${folder}/index.html`, async (_, loaded) =>
        kilobytesOf(site, await loaded()),
      )
      yield row('A page with the element, untouched, in gzip', untouched, 'KB', { goal: atMost(20) })
    }
    const answers = []
    for (let round = 0; round < rounds; round++) answers.push(await firstAnswer(server, folder, site))
    const [{ kilobytes, more, files }] = answers
    yield row(`${name}: cold visit to first answer, in gzip`, kilobytes, 'KB', {
      goal: atMost(budget),
      against: `${files} files, code and all`,
    })
    yield row(`${name}: the same, from the page’s start`, median(answers.map(({ seconds }) => seconds)), 's', {
      goal: atMost(0.5),
    })
    yield row(`${name}: then more like one of them, in gzip`, more, 'KB', { goal: atMost(100) })
    const { first, whole, megabytes, zipped } = await fullSearch(server, folder, site)
    yield row(`${name}: full search from cold`, megabytes, 'MB', { against: `${zipped.toFixed(1)} MB in gzip` })
    yield row(`${name}: the same, from the click to all of it`, whole, 's', {
      against: `its first answer after ${first.toFixed(2)} s`,
    })
  } finally {
    server.close()
  }
}

async function* many(rounds) {
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const vectorsOf = (first, count) => source.rows(first, count)
  const space = { id: 'synthetic', sha256: '0'.repeat(64) }
  const server = await serveLibrary(await syntheticLibrary({ rows: large, dim, vectorsOf, space, full: false }))
  const asked = Array.from(source.rows(large, 20))
  const results = []
  try {
    for (let round = 0; round < rounds; round++) {
      const measure = tab =>
        tab.evaluate(askWorker, {
          script: 'site-load-worker',
          url: `${server.url}/synthetic/`,
          asked,
          dim,
          k,
          signsFirstAbove,
        })
      results.push(await visit(server, 'bench', measure))
    }
  } finally {
    server.close()
  }
  const of = key => median(results.map(result => result[key])) / 1000
  const [{ agree, rescored, engine }] = results
  const name = `${large.toLocaleString('en')} × ${dim} from a local server`
  yield row(`${name}: loaded`, of('whole'), 's', { goal: atMost(2) })
  yield row(`${name}: first answer`, of('first'), 's', {
    against: `by ${rescored[0]}, ${agree.toFixed(1)} of its ten are those of the whole`,
  })
  const times = results.flatMap(({ times }) => times)
  yield row(`${name}: a search`, median(times), 'ms', { goal: atMost(10), against: `${engine}, by ${rescored[1]}` })
}

export async function* site({ quick }) {
  const rounds = quick ? 1 : 5
  yield* small(1000, 120, rounds)
  yield* small(10_000, 400, rounds)
  yield* many(rounds)
}
