import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { filesOf, type ModelManifest, parseManifest, shippedModels, spaceOf } from '../../dist/engine/models.js'

const models = new URL('../../models/', import.meta.url)
const tiny = readFileSync(new URL('../data/tiny-model/model.json', import.meta.url), 'utf8')
const sha256 = async (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function read(id: string): ModelManifest {
  return parseManifest(readFileSync(new URL(`${id}/model.json`, models), 'utf8'), id)
}

/** The tiny manifest with one value changed. */
function changed(path: string, value: unknown): string {
  const manifest = JSON.parse(tiny)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  keys.reduce((object, key) => object[key], manifest)[last] = value
  return JSON.stringify(manifest)
}

test.each(shippedModels.map(id => [id]))('the manifest of %s is valid and says what is published of its files', id => {
  const manifest = read(id)
  expect(manifest.id).toBe(id)
  for (const file of filesOf(manifest)) {
    if (file.path === undefined) {
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(file.url).toMatch(/^https:\/\/huggingface\.co\/.+\/resolve\/[0-9a-f]{40}\//)
      continue
    }
    const bytes = readFileSync(new URL(`${id}/${file.path}`, models))
    expect([file.path, file.bytes]).toEqual([file.path, bytes.length])
    expect([file.path, file.sha256]).toEqual([file.path, createHash('sha256').update(bytes).digest('hex')])
  }
})

test('the default model needs no download', () => {
  const files = filesOf(read('picfind-mini'))
  expect(files.every(file => existsSync(new URL(`picfind-mini/${file.path}`, models)))).toBe(true)
})

test('a model with non-commercial terms says so', () => {
  expect(read('mobileclip-s0').licence.commercial).toBe(false)
  expect(read('clip-vit-b-32').licence.commercial).toBe(true)
})

test.each([
  ['dim', -1, /dim: expected a whole number above 0, found -1/],
  ['id', 'Tiny Model', /id: expected lower-case letters/],
  ['preprocess.fit', 'crop', /preprocess\.fit: expected one of shortest-crop, letterbox, squash, found "crop"/],
  ['preprocess.mean', [0.5], /preprocess\.mean: expected a list of three/],
  ['licence.commercial', undefined, /licence\.commercial: expected true or false, found nothing/],
  ['towers.picture.file.sha256', 'abc', /towers\.picture\.file\.sha256: expected 64 lower-case hex digits/],
  ['towers.picture.file.url', 'https://example.org/a', /towers\.picture\.file: expected either `path` or `url`/],
  ['towers.text.0.kind', 'list', /towers\.text\[0\]\.kind: expected one of graph, table/],
  ['towers.text.0.dim', 65, /towers\.text\[0\]\.dim: expected at most the model's 64, found 65/],
  ['towers.text.1.sesion', {}, /towers\.text\[1\]\.sesion: expected no such field/],
  ['queries.best', [], /queries\.best: expected at least one rule/],
  [
    'queries.best.0.blend.0.tower',
    'none',
    /queries\.best\[0\]\.blend\[0\]\.tower: expected one of words, graph, found "none"/,
  ],
  ['queries.instant.0.blend.0.tower', 'graph', /queries\.instant\[0\]\.blend\[0\]\.tower: expected one of words/],
  ['queries.best.0.script', 'latin', /queries\.best\[0\]: expected a last rule without conditions/],
])('a manifest with a wrong %s is refused by the name of the field', (path, value, message) => {
  expect(() => parseManifest(changed(path, value), 'tiny/model.json')).toThrow(message)
  expect(() => parseManifest(changed(path, value), 'tiny/model.json')).toThrow(
    /^tiny\/model\.json is not a model manifest/,
  )
})

test('a web page instead of a manifest is refused by its name', () => {
  expect(() => parseManifest('<!doctype html>', 'https://example.org/model.json')).toThrow(
    /^https:\/\/example\.org\/model\.json is not a model manifest/,
  )
})

test('two downloads of one name are refused, for they would be kept in one place', () => {
  const manifest = JSON.parse(tiny)
  manifest.towers.picture.file = { url: 'https://a.example/model.onnx', bytes: null, sha256: null }
  manifest.towers.text[1].file = { url: 'https://b.example/model.onnx', bytes: null, sha256: null }
  expect(() => parseManifest(JSON.stringify(manifest), 'tiny')).toThrow(/downloads of different names/)
})

test('the space changes with the picture tower and how pictures are prepared, and with nothing else', async () => {
  const model = parseManifest(tiny, 'tiny')
  const space = await spaceOf(model, 'a', sha256)
  const spaceWith = (change: Partial<ModelManifest>, picture = 'a') => spaceOf({ ...model, ...change }, picture, sha256)

  expect(await spaceWith({ name: 'Other', description: 'Other', languages: [] })).toEqual(space)
  expect(await spaceWith({ towers: { ...model.towers, text: [] } })).toEqual(space)
  const { size, ...rest } = model.preprocess
  expect(await spaceWith({ preprocess: { ...rest, size } })).toEqual(space)

  expect(await spaceWith({}, 'b')).not.toEqual(space)
  expect(await spaceWith({ preprocess: { ...model.preprocess, fit: 'letterbox' } })).not.toEqual(space)
  const picture = { ...model.towers.picture, session: { graphOptimizationLevel: 'disabled' } }
  expect(await spaceWith({ towers: { ...model.towers, picture } })).not.toEqual(space)
})
