/** Sites of made vectors, as `picfind index --site` publishes them, without pictures. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from '../../web/tools/places.mjs'
import { core } from './core.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const modelFolder = 'models/picfind-mini'
export const model = JSON.parse(readFileSync(inRoot(modelFolder, 'model.json'), 'utf8'))
export const readModelFile = async ({ path }) => readFileSync(inRoot(modelFolder, path))
const dist = (...path) => import(inRoot('dist', ...path))

/** The files of quick search by name, and the name of its descriptor. */
export async function writeQuickFiles(rows, levels) {
  const { writeQuick } = await dist('publish', 'quick-write.js')
  const files = new Map()
  const keep = bytes => {
    const name = createHash('sha256').update(bytes).digest('hex')
    files.set(name, bytes)
    return name
  }
  return { files, name: await writeQuick({ rows, model, read: readModelFile, core: await core(), keep, levels }) }
}

function siteRecord(i) {
  const words = ['morning', 'walk', 'lake', 'summer', 'family', 'garden', 'street', 'market', 'winter', 'coast']
  const word = n => words[Math.imul(i + 1, 2654435761 + 97 * n) >>> 28] ?? words[n]
  const path = `blog/${2010 + (i % 15)}/${word(1)}-${word(2)}/IMG_${1000 + i}.jpg`
  return {
    id: `site/${path}`,
    path,
    width: 2048,
    height: 1365,
    alt: `${word(3)} ${word(4)} at the ${word(5)}, number ${i}`,
    thumbnail: `thumbs/own-${createHash('sha256').update(String(i)).digest('hex').slice(0, 16)}.jpg`,
    pages: [{ url: `blog/${2010 + (i % 15)}/${word(1)}-${word(2)}/`, title: `${word(1)} and ${word(2)}` }],
  }
}

/** { record, vector } of that many pictures. */
export async function siteRows(count) {
  const vectors = new Vectors(await readStatistics('picfind-mini'), 1)
  const all = vectors.rows(0, count)
  const { dim } = vectors
  return Array.from({ length: count }, (_, i) => ({
    record: siteRecord(i),
    vector: all.slice(i * dim, (i + 1) * dim),
  }))
}

const pageOf = attributes => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>bench</title>
<script type="module" src="picfind/picfind.js"></script><picfind-search ${attributes}></picfind-search></html>`

/** Writes a site with the bundle of that many pictures into `folder`: index.html, and asks.html that searches for `?q=`. */
export async function writeSite(folder, count) {
  const [{ BundleFolder }, { BundleLibrary, firstBase }, { keepModel }, { keepFullList }, { spaceOf }] =
    await Promise.all([
      dist('publish', 'bundle-folder.js'),
      dist('publish', 'bundle-library.js'),
      dist('publish', 'bundle-model.js'),
      dist('publish', 'bundle-full.js'),
      dist('engine', 'models.js'),
    ])
  const { sha256 } = await core()
  const space = await spaceOf(model, model.towers.picture.file.sha256, async bytes => sha256(bytes))
  const rows = await siteRows(count)
  const whole = rows.map(({ record, vector }) => ({
    record: { source: 'site', type: 'image/jpeg', size: 1, sha256: sha256(Buffer.from(record.id)), ...record },
    vector,
  }))
  const base = firstBase(await core(), { space, dim: model.dim, mean: undefined }, whole)
  const library = new BundleLibrary(await core(), base, whole, { name: 'site', url: '../' })
  const bundle = new BundleFolder(`${folder}/picfind`)
  for (const { bytes } of library.files) bundle.keep(bytes)
  const text = readFileSync(inRoot(modelFolder, 'model.json'))
  const kept = await keepModel({ manifest: model, text, read: readModelFile }, bundle, false)
  const full = keepFullList(bundle, library.files, library.load().names, kept.files, false)
  const quick = await writeQuickFiles(rows)
  for (const bytes of quick.files.values()) bundle.keep(bytes)
  const code = await bundle.copyCode(inRoot('dist', 'site'))
  await bundle.copyLoader(inRoot('dist', 'element', 'picfind.js'))
  const descriptor = { base: '../', format: 1, full, model: kept.entry, quick: { file: quick.name } }
  const file = bundle.keep(Buffer.from(JSON.stringify(descriptor)))
  await bundle.flush()
  await bundle.store.publish(library.manifest({ file, code }))
  library.close()
  writeFileSync(`${folder}/index.html`, pageOf(''))
  writeFileSync(`${folder}/asks.html`, pageOf('sync-url'))
}
