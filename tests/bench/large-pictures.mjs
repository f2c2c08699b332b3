/** Indexing of 12-megapixel JPEG on this machine: decoding has its own workers beside the encoder's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { indexingRate } from './indexing.mjs'
import { median, random } from './measure.mjs'
import { core } from './synthetic-library.mjs'

const width = 4000
const height = 3000
const pictures = 24
const warmUpPictures = 2
const runs = 3

/** Smooth shapes with grain, about as hard to compress as a photograph: RGBA uint8[width·height·4]. */
function scene(seed) {
  const next = random(seed)
  const waves = Array.from({ length: 12 }, () => [next() * 0.02, next() * 0.02, next() * 6, Math.floor(next() * 3)])
  const rgba = new Uint8Array(width * height * 4).fill(255)
  const columns = waves.map(([x, , phase]) => Float32Array.from({ length: width }, (_, i) => Math.sin(i * x + phase)))
  for (let y = 0; y < height; y++) {
    const rows = waves.map(([, factor, phase]) => Math.cos(y * factor + phase))
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4
      const grain = (next() - 0.5) * 24
      const sums = [128, 128, 128]
      for (let w = 0; w < waves.length; w++) sums[waves[w][3]] += columns[w][x] * rows[w] * 30
      for (let channel = 0; channel < 3; channel++)
        rgba[at + channel] = Math.min(255, Math.max(0, sums[channel] + grain))
    }
  }
  return rgba
}

/** Returns the mean size in bytes. */
async function writePictures(folder, count, rgba, firstShade) {
  const { pictureFromPixels } = await core()
  mkdirSync(folder)
  let bytes = 0
  for (let i = 0; i < count; i++) {
    // A strip of its own shade makes each another file with another hash.
    rgba.fill(firstShade + i * 8, 0, width * 64 * 4)
    const picture = pictureFromPixels(rgba, width, height, 1, 'image/jpeg')
    const jpeg = picture.thumbnail(width, 85)
    picture.delete()
    bytes += jpeg.length
    writeFileSync(join(folder, `${i}.jpg`), jpeg)
  }
  return bytes / count
}

export async function* largePictures() {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  try {
    const measured = join(folder, 'measured')
    const warmUp = join(folder, 'warm-up')
    const rgba = scene(3)
    const bytes = await writePictures(measured, pictures, rgba, 0)
    await writePictures(warmUp, warmUpPictures, rgba, 4)
    const rates = []
    for (let run = 0; run < runs; run++) rates.push(await indexingRate(measured, warmUp))
    const rate = median(rates)
    const what = `Indexing ${pictures} JPEG of 12 megapixels (${(bytes / 1e6).toFixed(1)} MB each)`
    yield { what, value: `${rate.toFixed(1)}/s`, goal: '≥ 8/s', met: rate >= 8 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
