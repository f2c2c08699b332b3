/** Models with the towers of CLIP ViT-B/32 and seeded weights, for what does not depend on how well a model knows pictures. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { writeSeededClip } from '../data/seeded-clip.mjs'

function fileOf(path) {
  const bytes = readFileSync(path)
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** The manifest of the real model with graphs of that many layers in place of its downloads; returns its path. */
export function seededModel(name, layers) {
  const folder = inRoot('build', 'bench', name)
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
