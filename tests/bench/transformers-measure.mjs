/** Runs in the page of the engine: pictures a second from JPEG to vector, by Picfind and by Transformers.js. */
import { interleaved, timeOf } from './measure.mjs'

async function fetchFiles(paths) {
  return Promise.all(
    paths.map(
      async path => new File([await (await fetch(path)).arrayBuffer()], path.split('/').at(-1), { type: 'image/jpeg' }),
    ),
  )
}

async function add(library, name, files) {
  let last
  for await (const progress of library.add(engine.sourceFromFiles(files, name))) last = progress
  if (last.indexed !== files.length)
    throw new Error(`indexed ${last.indexed} of ${files.length}: ${last.skipped[0]?.reason}`)
}

/** Of a library in memory, after another source that gets workers and model going. */
async function picfindRate({ model, assets, files, warmUp }) {
  const library = await engine.Library.open({ store: engine.memory(), model, assets })
  try {
    await add(library, 'warm-up', warmUp)
    return (1000 * files.length) / (await timeOf(() => add(library, 'measured', files)))
  } finally {
    await library.close()
  }
}

async function transformersRate({ extract, RawImage, files, warmUp }) {
  const encodeAll = async files => {
    for (const file of files) await extract(await RawImage.fromBlob(file))
  }
  await encodeAll(warmUp)
  return (1000 * files.length) / (await timeOf(() => encodeAll(files)))
}

/** Returns { picfind, transformers }: pictures a second in each round. */
export async function measureTransformers({
  modules,
  model,
  assets,
  localModelPath,
  localModel,
  paths,
  warmUps,
  rounds,
}) {
  const { env, pipeline, RawImage } = await import(`${modules}@huggingface/transformers/dist/transformers.min.js`)
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = localModelPath
  env.backends.onnx.wasm.wasmPaths = `${location.origin}${modules}onnxruntime-web/dist/`
  env.backends.onnx.wasm.numThreads = Math.min(4, navigator.hardwareConcurrency)
  const extract = await pipeline('image-feature-extraction', localModel, { device: 'wasm', dtype: 'fp32' })
  const all = await fetchFiles(paths)
  const files = all.slice(warmUps)
  const warmUp = all.slice(0, warmUps)
  return interleaved(rounds, {
    picfind: () => picfindRate({ model, assets, files, warmUp }),
    transformers: () => transformersRate({ extract, RawImage, files, warmUp }),
  })
}
