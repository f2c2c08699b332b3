/** CLIP ViT-B/32 at its true size, with seeded weights: what the suggested upgrade costs beside the built-in model. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { writeSeededClip } from '../data/seeded-clip.mjs'
import { openModel, pictureRate } from './indexing.mjs'
import { medianTime } from './measure.mjs'

const layers = 12
const folder = inRoot('build', 'bench', 'seeded-clip')

function fileOf(path) {
  const bytes = readFileSync(path)
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** The manifest of the real model with the seeded graphs in place of its downloads; returns its path. */
function seededModel() {
  const path = `${folder}/model.json`
  if (existsSync(path)) return path
  writeSeededClip(folder, layers)
  const manifest = JSON.parse(readFileSync(inRoot('models/clip-vit-b-32/model.json'), 'utf8'))
  const [text] = manifest.towers.text
  manifest.towers.picture.file = { ...fileOf(`${folder}/vision_model.onnx`), path: 'vision_model.onnx' }
  text.file = { ...fileOf(`${folder}/text_model.onnx`), path: 'text_model.onnx' }
  text.inputs = { ids: 'input_ids' }
  text.tokenizer.path = '../../../models/clip/tokenizer.json'
  writeFileSync(path, JSON.stringify(manifest))
  return path
}

export async function* trueSize() {
  const mini = await openModel(inRoot('models/picfind-mini/model.json'))
  const clip = await openModel(seededModel())
  try {
    const [small, large] = [await pictureRate(mini, 60), await pictureRate(clip, 20)]
    const beside = `picfind-mini: ${small.toFixed(1)}/s (× ${(small / large).toFixed(1)})`
    yield { what: 'ViT-B/32, seeded, inference of pictures', value: `${large.toFixed(1)}/s`, beside }
    const words = encoder => medianTime(() => encoder.encodeText('a dog on a beach', 'best'), { runs: 20 })
    const [quick, slow] = [await words(mini), await words(clip)]
    const time = `picfind-mini: ${quick.toFixed(1)} ms (× ${(slow / quick).toFixed(1)})`
    yield { what: 'ViT-B/32, seeded, a query in words', value: `${slow.toFixed(1)} ms`, beside: time }
  } finally {
    await mini.close()
    await clip.close()
  }
}
