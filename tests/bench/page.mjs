/** The page with a stored library of 10,000 pictures: first answer in a browser just started, and words → hits once it is warm. */
import { readFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { browserProfile, serveLibrary } from './browser.mjs'
import { core } from './core.mjs'
import { median } from './measure.mjs'
import { storeLibrary } from './opfs-library.mjs'
import { atMost, row } from './rows.mjs'
import { syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const pictures = 10_000
/** Milliseconds until a browser just started is done with pages of its own, which compete with ours. */
const settling = 2000
/** Milliseconds between two queries. */
const pause = 300
/** Queries of each start that are not counted. */
const warmUp = 4
const queries = 'dog,boat,red flower,mountain,people,city at night,bird,fruit,car,snow,beach,tree'.split(',')

async function storedLibrary() {
  const [{ parseManifest, spaceOf }, { sha256, pictureFromPixels }] = await Promise.all([
    import('../../dist/engine/models.js'),
    core(),
  ])
  const manifest = parseManifest(readFileSync(inRoot('models/picfind-mini/model.json'), 'utf8'), 'picfind-mini')
  const space = await spaceOf(manifest, manifest.towers.picture.file.sha256, async bytes => sha256(bytes))
  const grey = pictureFromPixels(new Uint8Array(320 * 240 * 4).fill(160), 320, 240, 1, 'image/png')
  const thumbnail = grey.thumbnail(320, 80)
  grey.delete()
  const vectors = new Vectors(await readStatistics('picfind-mini'), 2)
  const vectorsOf = (first, count) => vectors.rows(first, count)
  return syntheticLibrary({ rows: pictures, dim: vectors.dim, vectorsOf, space, full: true, thumbnail })
}

/** Runs in the page: milliseconds from the start of its loading to the first hit on the screen. */
function timeToFirstHit() {
  const isShown = root =>
    [...root.querySelectorAll('*')].some(
      element => element.matches('[data-place="0"][data-id]') || (element.shadowRoot && isShown(element.shadowRoot)),
    )
  const look = () => {
    if (isShown(document)) globalThis.firstHitAt = performance.now()
    else requestAnimationFrame(look)
  }
  look()
}

/** Runs in the page: milliseconds from Enter to other hits on the screen. */
function timeToHits(words) {
  function* everything(root) {
    for (const element of root.querySelectorAll('*')) {
      yield element
      if (element.shadowRoot) yield* everything(element.shadowRoot)
    }
  }
  const all = [...everything(document)]
  const field = all.find(element => element.matches('input[type=search]'))
  const grid = all.find(element => element.localName === 'picture-grid')
  const shown = () =>
    [...grid.shadowRoot.querySelectorAll('[role=gridcell]')]
      .map(cell => cell.textContent + cell.querySelector('[data-id]')?.dataset.id)
      .join()
  const before = shown()
  field.value = words
  const started = performance.now()
  field.form.requestSubmit()
  return new Promise(resolve => {
    const look = () => (shown() === before ? requestAnimationFrame(look) : resolve(performance.now() - started))
    look()
  })
}

export async function* page({ quick }) {
  const starts = quick ? 2 : 5
  const library = await storedLibrary()
  const server = await serveLibrary(library)
  const profile = browserProfile()
  const firstHit = tab => tab.locator('[data-place="0"][data-id]').waitFor()
  try {
    await profile.use(async context => {
      const tab = await context.newPage()
      await tab.goto(`${server.url}/bench`)
      await tab.evaluate(storeLibrary, {
        library: 'bench',
        names: [...library.files.keys()],
        sequence: library.sequence,
      })
    })
    const cold = []
    const warm = []
    for (let start = 0; start < starts; start++) {
      await profile.use(async context => {
        const tab = await context.newPage()
        await tab.addInitScript(timeToFirstHit)
        await tab.waitForTimeout(settling)
        await tab.goto(`${server.url}/?library=bench&q=cat`)
        await firstHit(tab)
        cold.push(await tab.evaluate(() => globalThis.firstHitAt))
        const times = []
        for (const words of queries) {
          times.push(await tab.evaluate(timeToHits, words))
          // The query before is answered from the best tower too, and its pictures are there: nobody types faster.
          await tab.waitForTimeout(pause)
        }
        warm.push(...times.slice(warmUp))
      })
    }
    const name = '10,000 stored pictures'
    yield row(`${name}: first answer after a cold load`, median(cold), 'ms', { goal: atMost(1000) })
    yield row(`${name}: words → hits, warm`, median(warm), 'ms', { goal: atMost(50) })
  } finally {
    server.close()
    profile.remove()
  }
}
