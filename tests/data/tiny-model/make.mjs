// Writes the tiny model beside itself: a working encoder of a few kilobytes, for tests that need many vectors fast.
// It knows colours: a picture is seen as 4 × 4 averages, and the word `red` has the vector of a red picture.
// node tests/data/tiny-model/make.mjs

import { writeFileSync } from 'node:fs'
import { Graph, random } from '../onnx-graph.mjs'

const dim = 64
const size = 32
const cells = 4
const features = 3 * cells * cells

const colours = {
  black: [0, 0, 0],
  white: [255, 255, 255],
  grey: [128, 128, 128],
  red: [255, 0, 0],
  green: [0, 160, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
  orange: [255, 140, 0],
  pink: [255, 160, 190],
  purple: [128, 0, 128],
  brown: [130, 75, 30],
  红: [255, 0, 0],
}

const next = random(1)
const weights = Float32Array.from({ length: features * dim }, () => 2 * next() - 1)
const bias = Float32Array.from({ length: dim }, () => (2 * next() - 1) * 0.5)

function pictureTower() {
  const graph = new Graph(0)
  const picture = graph.input('pixel_values', 'float32', ['N', 3, size, size])
  const side = size / cells
  const averages = graph.op('AveragePool', [picture], { kernel_shape: [side, side], strides: [side, side] })
  const flat = graph.op('Flatten', [averages], { axis: 1 })
  const product = graph.op('MatMul', [flat, graph.floats(weights, [features, dim])])
  graph.op('Add', [product, graph.floats(bias, [dim])], {}, 'image_embeds')
  return graph.finish('image_embeds', ['N', dim])
}

/** What the picture tower gives for a picture of one colour, unit length. */
function vectorOfColour(rgb) {
  const vector = Float64Array.from(bias)
  for (let feature = 0; feature < features; feature++) {
    const value = (rgb[Math.floor(feature / (cells * cells))] / 255 - 0.5) / 0.5
    for (let i = 0; i < dim; i++) vector[i] += value * weights[feature * dim + i]
  }
  const length = Math.hypot(...vector)
  return vector.map(value => value / length)
}

const letters = [...'abcdefghijklmnopqrstuvwxyz']
const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]']
const tokens = [...specials, ...Object.keys(colours), ...letters, ...letters.map(letter => `##${letter}`)]

/** Colours where they belong, letters somewhere small, special tokens nowhere. */
const rows = tokens.map(token => {
  if (token in colours) return vectorOfColour(colours[token])
  return Float64Array.from({ length: dim }, () => (specials.includes(token) ? 0 : (2 * next() - 1) * 0.02))
})

function textTower() {
  const graph = new Graph(0)
  const ids = graph.input('input_ids', 'int64', ['N', 'L'])
  const table = graph.floats(
    rows.flatMap(row => [...row]),
    [tokens.length, dim],
  )
  const picked = graph.op('Gather', [table, ids], { axis: 0 })
  graph.op('ReduceSum', [picked, graph.ints([1])], { keepdims: 0 }, 'text_embeds')
  return graph.finish('text_embeds', ['N', dim])
}

function tokenTable() {
  const scales = rows.map(row => Math.max(...row.map(Math.abs), 1e-12) / 127)
  const bytes = new Uint8Array(tokens.length * (dim + 4))
  const view = new DataView(bytes.buffer)
  rows.forEach((row, r) => {
    row.forEach((value, i) => {
      view.setInt8(r * dim + i, Math.round(value / scales[r]))
    })
    view.setFloat32(tokens.length * dim + r * 4, scales[r], true)
  })
  return bytes
}

const special = (content, id) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: specials.map(special),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
  },
}

const write = (name, content) => writeFileSync(new URL(name, import.meta.url), content)
write('vision.onnx', pictureTower())
write('text.onnx', textTower())
write('words.bin', tokenTable())
write('tokenizer.json', JSON.stringify(tokenizer))
