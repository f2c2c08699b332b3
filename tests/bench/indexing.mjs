/** Pictures a second, of whole indexing and of inference alone. */
import { readFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { random } from './measure.mjs'

/** Indexes a folder into memory, pictures a second from the first file to the last commit. */
export async function indexingRate(folder, model) {
  const { Library, memory, sourceFromFolder } = await import('picfind')
  const library = await Library.open({ store: memory(), model })
  try {
    const started = performance.now()
    let last
    for await (const progress of library.add(sourceFromFolder(folder))) last = progress
    if (last.skipped.length > 0) throw new Error(`${last.skipped[0].path}: ${last.skipped[0].reason}`)
    return last.indexed / ((performance.now() - started) / 1000)
  } finally {
    await library.close()
  }
}

/** The picture tower alone on tensors of noise, one picture at a time as indexing gives them. */
export async function inferenceRate(model, pictures) {
  const [{ openEncoder }, { parseManifest }, { openModelFiles }, { folderCache, folderReader }] = await Promise.all(
    ['encoder', 'models', 'model-files', 'model-cache-node'].map(name => import(`../../dist/engine/${name}.js`)),
  )
  const folder = inRoot('models', model)
  const manifest = parseManifest(readFileSync(`${folder}/model.json`, 'utf8'), model)
  const files = openModelFiles(manifest, {
    local: folderReader(folder),
    cache: folderCache(inRoot('build', 'bench', model)),
  })
  const encoder = await openEncoder(manifest, files)
  const next = random(7)
  const { size } = manifest.preprocess
  const tensor = Float32Array.from({ length: 3 * size * size }, () => 2 * next() - 1)
  for (let run = 0; run < 5; run++) await encoder.encodePictures([tensor])
  const started = performance.now()
  for (let run = 0; run < pictures; run++) await encoder.encodePictures([tensor])
  const seconds = (performance.now() - started) / 1000
  await encoder.close()
  return pictures / seconds
}
