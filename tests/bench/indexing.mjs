/** Pictures a second, of whole indexing and of inference alone. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { inRoot } from '../../web/tools/places.mjs'
import { random } from './measure.mjs'

async function add(library, folder) {
  const { sourceFromFolder } = await import('picfind')
  let last
  for await (const progress of library.add(sourceFromFolder(folder))) last = progress
  if (last.skipped.length > 0) throw new Error(`${last.skipped[0].path}: ${last.skipped[0].reason}`)
  return last.indexed
}

/** Indexes a folder into memory, pictures a second to the last commit, after another that gets workers and model going. */
export async function indexingRate(folder, warmUpFolder) {
  const { Library, memory } = await import('picfind')
  const library = await Library.open({ store: memory() })
  try {
    await add(library, warmUpFolder)
    const started = performance.now()
    const indexed = await add(library, folder)
    return indexed / ((performance.now() - started) / 1000)
  } finally {
    await library.close()
  }
}

/** The encoder of a model on this machine, in this thread; `path`: its model.json. */
export async function openModel(path) {
  const [{ openEncoder }, { parseManifest }, { openModelFiles }, { folderCache, folderReader }] = await Promise.all(
    ['encoder', 'models', 'model-files', 'model-cache-node'].map(name => import(`../../dist/engine/${name}.js`)),
  )
  const manifest = parseManifest(readFileSync(path, 'utf8'), path)
  const cache = folderCache(inRoot('build', 'bench', 'downloads'))
  return openEncoder(manifest, openModelFiles(manifest, { local: folderReader(dirname(path)), cache }))
}

/** The picture tower alone, on noise, one picture at a time as indexing gives them. */
export async function pictureRate(encoder, pictures) {
  const next = random(7)
  const { size } = encoder.preprocess
  const tensor = Float32Array.from({ length: 3 * size * size }, () => 2 * next() - 1)
  for (let run = 0; run < 5; run++) await encoder.encodePictures([tensor])
  const started = performance.now()
  for (let run = 0; run < pictures; run++) await encoder.encodePictures([tensor])
  return pictures / ((performance.now() - started) / 1000)
}
