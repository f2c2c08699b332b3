/** Indexing of 12-megapixel JPEG against decoding alone in one thread: decoding has its own workers beside the encoder's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { core } from './core.mjs'
import { indexingRate } from './indexing.mjs'
import { interleaved, median, timeOf } from './measure.mjs'
import { atLeast, row } from './rows.mjs'
import { jpegScenes } from './scenes.mjs'

const size = { width: 4000, height: 3000 }
const warmUpPictures = 2
/** What `fine` decoding asks for: the shorter side at least four times the model's. */
const least = { shortSide: 896, longSide: 320 }

async function decodingRate(files) {
  const { decode } = await core()
  const milliseconds = await timeOf(() => {
    for (const file of files) decode(file, least).delete()
  })
  return (1000 * files.length) / milliseconds
}

function writeAll(folder, files) {
  mkdirSync(folder)
  files.forEach((file, i) => {
    writeFileSync(join(folder, `${i}.jpg`), file)
  })
}

export async function* largePictures({ quick }) {
  const count = quick ? 8 : 24
  const folder = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  try {
    const measured = join(folder, 'measured')
    const warmUp = join(folder, 'warm-up')
    const files = await jpegScenes({ ...size, count: count + warmUpPictures })
    writeAll(measured, files.slice(warmUpPictures))
    writeAll(warmUp, files.slice(0, warmUpPictures))
    const rates = await interleaved(quick ? 1 : 3, {
      decoding: () => decodingRate(files.slice(0, 4)),
      indexing: () => indexingRate(measured, warmUp),
    })
    const ratio = median(rates.indexing.map((rate, round) => rate / rates.decoding[round]))
    const megabytes = (files[0].length / 1e6).toFixed(1)
    const alone = `decoding alone in one thread ${median(rates.decoding).toFixed(1)}/s; ${availableParallelism()} cores`
    const name = `Indexing ${count} JPEG of 12 megapixels (${megabytes} MB each)`
    yield row(name, median(rates.indexing), 'pictures/s', { goal: atLeast(8), against: alone })
    yield row('Indexing of 12 megapixels, speed against decoding in one thread', ratio, '×')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
