/** JPEG of 12 megapixels → model pixels in one thread, beside createImageBitmap in Chromium and sharp in Node. */
import { readFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { browserProfile, serveCheckout } from './browser.mjs'
import { installContenders, nodePath, versionOf } from './contenders/install.mjs'
import { fine, tensorByCore } from './decoding-measure.mjs'
import { openModel } from './indexing.mjs'
import { interleaved, median, timeOf } from './measure.mjs'
import { atLeast, atMost, missing, row } from './rows.mjs'
import { jpegScenes } from './scenes.mjs'

const manifest = inRoot('models/picfind-mini/model.json')
const rounds = 9
/** The first rounds, in which engines compile what is hot. */
const warmUp = 3

const medianOf = times => median(times.slice(warmUp))

async function inNode(jpeg, preprocess) {
  const { default: sharp } = await import(`${nodePath}sharp/dist/index.mjs`)
  sharp.concurrency(1)
  const { size } = preprocess
  return interleaved(rounds + warmUp, {
    picfind: () => timeOf(() => tensorByCore(jpeg, preprocess, fine)),
    sharp: () => timeOf(() => sharp(jpeg).resize(size, size, { fit: 'contain' }).removeAlpha().raw().toBuffer()),
  })
}

async function inChromium(jpeg, preprocess) {
  const server = await serveCheckout(new Map([['/picture.jpg', jpeg]]))
  const profile = browserProfile()
  try {
    return await profile.use(async context => {
      const page = await context.newPage()
      await page.goto(`${server.url}/bench`)
      return page.evaluate(
        async ({ preprocess, rounds }) => {
          const { interleaved, timeOf } = await import('/tests/bench/measure.mjs')
          const { fine, pixelsByBrowser, tensorByCore } = await import('/tests/bench/decoding-measure.mjs')
          const blob = await (await fetch('/picture.jpg')).blob()
          const bytes = new Uint8Array(await blob.arrayBuffer())
          return interleaved(rounds, {
            picfind: () => timeOf(() => tensorByCore(bytes, preprocess, fine)),
            browser: () => timeOf(() => pixelsByBrowser(blob, preprocess.size)),
          })
        },
        { preprocess, rounds: rounds + warmUp },
      )
    })
  } finally {
    server.close()
    profile.remove()
  }
}

/** How much of the exact path's vector is left when a JPEG is decoded smaller. */
async function cosineToExact(jpeg, preprocess) {
  const encoder = await openModel(manifest)
  try {
    const vectorOf = async least => (await encoder.encodePictures([await tensorByCore(jpeg, preprocess, least)]))[0]
    const [exact, smaller] = [await vectorOf(null), await vectorOf(fine)]
    return exact.reduce((sum, value, i) => sum + value * smaller[i], 0)
  } finally {
    await encoder.close()
  }
}

export async function* decoding() {
  const { preprocess } = JSON.parse(readFileSync(manifest, 'utf8'))
  const [jpeg] = await jpegScenes({ width: 4000, height: 3000, count: 1 })
  const what = `JPEG of 12 megapixels (${(jpeg.length / 1e6).toFixed(1)} MB) → model pixels`
  const page = await inChromium(jpeg, preprocess)
  const own = medianOf(page.picfind)
  const browser = medianOf(page.browser)
  const cosine = await cosineToExact(jpeg, preprocess)
  yield row(`${what}, Chromium`, own, 'ms', {
    goal: atMost(45),
    against: `createImageBitmap: ${browser.toFixed(0)} ms`,
  })
  yield row(`${what}, Chromium, against createImageBitmap`, browser / own, '× as fast')
  yield row('The vector of that picture, cosine to that of the exact path', cosine, '', { goal: atLeast(0.9995) })
  if (!(await installContenders())) {
    yield missing(`${what}, Node, against sharp`, 'sharp could not be installed')
    return
  }
  const node = await inNode(jpeg, preprocess)
  const [core, sharp] = [medianOf(node.picfind), medianOf(node.sharp)]
  const against = `sharp ${versionOf('sharp')}: ${sharp.toFixed(0)} ms, Picfind ${core.toFixed(0)} ms`
  yield row(`${what}, Node, against sharp`, sharp / core, '× as fast', { against })
}
