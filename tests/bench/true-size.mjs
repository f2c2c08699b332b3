/** CLIP ViT-B/32 at its true size, with seeded weights: what the suggested upgrade costs beside the built-in model. */
import { inRoot } from '../../web/tools/places.mjs'
import { openModel, pictureRate } from './indexing.mjs'
import { interleaved, median, timeOf } from './measure.mjs'
import { row } from './rows.mjs'
import { seededModel } from './seeded-model.mjs'

export async function* trueSize() {
  const mini = await openModel(inRoot('models/picfind-mini/model.json'))
  const clip = await openModel(seededModel('true-size', 12))
  try {
    const rates = await interleaved(3, { mini: () => pictureRate(mini, 30), clip: () => pictureRate(clip, 10) })
    const [small, large] = [median(rates.mini), median(rates.clip)]
    const pictures = `picfind-mini ${small.toFixed(1)} pictures/s, ViT-B/32 ${large.toFixed(1)}/s`
    yield row('ViT-B/32, seeded, inference of pictures', small / large, '× the time', { against: pictures })
    const words = encoder => timeOf(() => encoder.encodeText('a dog on a beach', 'best'))
    const times = await interleaved(20, { mini: () => words(mini), clip: () => words(clip) })
    const [quick, slow] = [median(times.mini), median(times.clip)]
    const against = `picfind-mini ${quick.toFixed(1)} ms, ViT-B/32 ${slow.toFixed(1)} ms`
    yield row('ViT-B/32, seeded, a query in words', slow / quick, '× the time', { against })
  } finally {
    await mini.close()
    await clip.close()
  }
}
