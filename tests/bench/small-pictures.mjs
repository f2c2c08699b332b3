/** Indexing of many small pictures beside pure inference: what decoding, hashing, records and commits cost on top. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inRoot } from '../../web/tools/places.mjs'
import { fetchStamps } from '../../web/tools/stamps.mjs'
import { indexingRate, openModel, pictureRate } from './indexing.mjs'
import { median } from './measure.mjs'
import { photoStamps } from './stamps.mjs'

const pictures = 200
const warmUpPictures = 8
const runs = 3

export async function* smallPictures() {
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
    const ratios = []
    let indexing = 0
    for (let run = 0; run < runs; run++) {
      // In pairs, so that a machine that grows slower or faster meanwhile does so for both.
      const encoder = await openModel(inRoot('models/picfind-mini/model.json'))
      const inference = await pictureRate(encoder, 100)
      await encoder.close()
      indexing = await indexingRate(measured, warmUp)
      ratios.push(inference / indexing)
    }
    const ratio = median(ratios)
    const beside = `${indexing.toFixed(1)} pictures/s in the last run`
    const what = `Indexing ${pictures} stamps against inference alone, time`
    yield { what, value: `× ${ratio.toFixed(2)}`, goal: '≤ × 1.20', met: ratio <= 1.2, beside }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
