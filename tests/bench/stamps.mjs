/** The sets of Tux Paint's stamps that recall is measured on. Captions are ground truth and never reach the library. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'
import { fetchStamps, stampsFolder } from '../../web/tools/stamps.mjs'

/** Top folders of pictures that look like photographs, and what in their paths does not. */
const photoFolders = new Set(
  'animals food plants household hobbies sports space vehicles medical military people town'.split(' '),
)
const notPhotos = ['cartoon', 'flags', 'toys']

/** The first line is English, later ones are `zh_CN.utf8=…`. */
function captionsOf(path) {
  const text = path.replace(/\.png$/, '.txt')
  if (!existsSync(text)) return { english: '', chinese: '' }
  const [english = '', ...rest] = readFileSync(text, 'utf8').split('\n')
  const chinese = rest.find(line => line.startsWith('zh_CN.utf8='))?.slice('zh_CN.utf8='.length) ?? ''
  return { english: english.trim(), chinese: chinese.trim() }
}

/** The photo-like stamps, without those that only mirror or flip another: [{ path, folder, english, chinese }]. */
export function photoStamps() {
  return readdirSync(stampsFolder, { recursive: true })
    .filter(path => path.endsWith('.png') && !/_(mirror|flip)\.png$/.test(path))
    .filter(path => photoFolders.has(path.split('/')[0]) && !notPhotos.some(word => path.includes(word)))
    .sort()
    .map(path => ({ path, folder: dirname(path), ...captionsOf(join(stampsFolder, path)) }))
}

export const stampsSource = 'stamps'
let indexing

/** The folder of a library of all stamps, indexed once in a run. */
export function stampsLibrary() {
  indexing ??= indexStamps()
  return indexing
}

async function indexStamps() {
  const place = inRoot('build', 'bench', 'stamps')
  rmSync(place, { recursive: true, force: true })
  const index = ['dist/cli/picfind.js', 'index', await fetchStamps(), '--out', place, '--name', stampsSource]
  await run(process.execPath, index, { output: 'errors' })
  return place
}
