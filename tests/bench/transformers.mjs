/** Pictures a second from 2-megapixel JPEG to vector in Chromium, beside Transformers.js with the same ONNX graph. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { browserProfile, serveCheckout } from './browser.mjs'
import { installContenders, pagePath, versionOf } from './contenders/install.mjs'
import { assets, bundleEngine, openEnginePage } from './engine-page.mjs'
import { median } from './measure.mjs'
import { atLeast, missing, row } from './rows.mjs'
import { jpegScenes } from './scenes.mjs'
import { seededModel } from './seeded-model.mjs'

const size = { width: 1632, height: 1224 }
const warmUps = 2
const localModels = '/build/bench/transformers/'

/** A folder as Transformers.js reads one, with Picfind's graph and the picture processor of CLIP. */
function localModel(name, graph) {
  const folder = inRoot(localModels, name)
  mkdirSync(`${folder}/onnx`, { recursive: true })
  copyFileSync(graph, `${folder}/onnx/vision_model.onnx`)
  writeFileSync(`${folder}/config.json`, JSON.stringify({ model_type: 'clip', architectures: ['CLIPModel'] }))
  const processor = {
    image_processor_type: 'CLIPImageProcessor',
    feature_extractor_type: 'CLIPFeatureExtractor',
    do_resize: true,
    size: 224,
    resample: 3,
    do_center_crop: true,
    crop_size: 224,
    do_normalize: true,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  }
  writeFileSync(`${folder}/preprocessor_config.json`, JSON.stringify(processor))
  return name
}

function models() {
  const seeded = seededModel('true-size', 12)
  return [
    {
      name: "picfind-mini's graph",
      path: '/models/picfind-mini/model.json',
      localModel: localModel('picfind-mini', inRoot('models/picfind-mini/vision.onnx')),
      goal: atLeast(1.5),
      pictures: 24,
    },
    {
      name: 'ViT-B/32 at its true size, seeded',
      path: '/build/bench/true-size/model.json',
      localModel: localModel('true-size', seeded.replace('model.json', 'vision_model.onnx')),
      goal: atLeast(1.1),
      pictures: 12,
    },
  ]
}

async function measure(context, url, options) {
  const page = await openEnginePage(context, url)
  try {
    return await page.evaluate(async options => {
      const { measureTransformers } = await import('/tests/bench/transformers-measure.mjs')
      return measureTransformers(options)
    }, options)
  } finally {
    await page.close()
  }
}

export async function* transformers({ quick }) {
  const what = 'Indexing 2-megapixel JPEG in Chromium'
  if (!(await installContenders())) {
    yield missing(`${what} beside Transformers.js`, 'its package could not be installed')
    return
  }
  await bundleEngine()
  for (const { name, path, localModel, goal, pictures } of quick ? models().slice(0, 1) : models()) {
    const scenes = await jpegScenes({ ...size, count: warmUps + pictures / (quick ? 2 : 1) })
    const files = new Map(scenes.map((bytes, i) => [`/pictures/${i}.jpg`, bytes]))
    const server = await serveCheckout(files)
    const profile = browserProfile()
    try {
      const rates = await profile.use(context =>
        measure(context, server.url, {
          modules: pagePath,
          model: server.url + path,
          assets: assets(server.url),
          localModelPath: localModels,
          localModel,
          paths: [...files.keys()],
          warmUps,
          rounds: quick ? 1 : 3,
        }),
      )
      const ratio = median(rates.picfind.map((rate, round) => rate / rates.transformers[round]))
      const [own, other] = [median(rates.picfind), median(rates.transformers)]
      const against = `Transformers.js ${versionOf('@huggingface/transformers')}: ${other.toFixed(1)}/s, Picfind ${own.toFixed(1)}/s`
      yield row(`${what}, ${name}`, ratio, '× as fast', { goal, against })
    } finally {
      server.close()
      profile.remove()
    }
  }
}
