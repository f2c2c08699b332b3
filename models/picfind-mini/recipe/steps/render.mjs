// Renders the pictures of WORK/pairs.json to WORK/pictures/N.png, transparent, their longer side 208 pixels.
// usage: node render.mjs WORK; a picture that is there already is kept.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import zlib from 'node:zlib'

const LONGER_SIDE = 208
const MOST_BYTES = 1.5e6
// resvg 2.6.2 ends the whole process on this icon.
const ABORTS = new Set(['package'])

const work = process.argv[2]
const require = createRequire(`${fs.realpathSync(work)}/npm/`)
const { Resvg } = require('@resvg/resvg-js')
const sharp = require('sharp')
const noto = JSON.parse(fs.readFileSync(`${work}/npm/node_modules/@iconify-json/noto/icons.json`)).icons

/** The SVG text of a pair, whichever way it is kept. */
function svgOf(pair) {
  if (pair.icon) {
    if (!noto[pair.icon]) throw new Error('an alias, whose picture is there already')
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 128 128">${noto[pair.icon].body}</svg>`
  }
  let bytes = fs.readFileSync(pair.svg)
  if (bytes[0] === 0x1f) bytes = zlib.gunzipSync(bytes)
  if (bytes.length > MOST_BYTES) throw new Error('too large')
  return bytes.toString('utf8')
}

function renderSvg(svg) {
  const fitted = (mode) => new Resvg(svg, { fitTo: { mode, value: LONGER_SIDE }, font: { loadSystemFonts: false } })
  let drawing = fitted('width')
  if (drawing.height > drawing.width) drawing = fitted('height')
  return drawing.render().asPng()
}

const pairs = JSON.parse(fs.readFileSync(`${work}/pairs.json`))
fs.mkdirSync(`${work}/pictures`, { recursive: true })
let failed = 0
for (const [i, pair] of pairs.entries()) {
  const out = `${work}/pictures/${i}.png`
  if (fs.existsSync(out) || ABORTS.has(pair.icon)) continue
  try {
    if (pair.bitmap) await sharp(pair.bitmap).resize(LONGER_SIDE, LONGER_SIDE).png({ compressionLevel: 1 }).toFile(out)
    else fs.writeFileSync(out, renderSvg(svgOf(pair)))
  } catch {
    failed += 1
  }
}
console.log(`${pairs.length} pictures; ${failed} have an SVG that cannot be read and are left out`)
