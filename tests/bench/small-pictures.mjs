/** Indexing of many small pictures beside pure inference: what decoding, hashing, records and commits cost on top. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inRoot } from '../../web/tools/places.mjs'
import { fetchStamps } from '../../web/tools/stamps.mjs'
import { indexingRate, openModel, pictureRate } from './indexing.mjs'
import { interleaved, median } from './measure.mjs'
import { atMost, row } from './rows.mjs'
import { photoStamps } from './stamps.mjs'

const warmUpPictures = 8

async function inferenceRate(pictures) {
  const encoder = await openModel(inRoot('models/picfind-mini/model.json'))
  try {
    return await pictureRate(encoder, pictures)
  } finally {
    await encoder.close()
  }
}

export async function* smallPictures({ quick }) {
  const pictures = quick ? 60 : 200
  const stamps = await fetchStamps()
  const folder = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  try {
    const measured = join(folder, 'measured')
    const warmUp = join(folder, 'warm-up')
    photoStamps()
      .slice(0, pictures + warmUpPictures)
      .forEach(({ path }, i) => {
        cpSync(join(stamps, path), join(i < pictures ? measured : warmUp, path))
      })
    const rates = await interleaved(quick ? 1 : 3, {
      inference: () => inferenceRate(pictures / 2),
      indexing: () => indexingRate(measured, warmUp),
    })
    const ratio = median(rates.inference.map((rate, round) => rate / rates.indexing[round]))
    const against = `inference alone: ${median(rates.inference).toFixed(1)}/s, indexing ${median(rates.indexing).toFixed(1)}/s`
    yield row(`Indexing ${pictures} stamps, time against inference`, ratio, '×', { goal: atMost(1.15), against })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
