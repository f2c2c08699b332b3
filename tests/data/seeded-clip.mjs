// The towers of CLIP ViT-B/32 with the operators, widths, inputs and outputs of the published exports, but seeded weights and, unless asked
// for more, two layers. The real ones cannot be shipped; these prove that they would load and run.
// node tests/data/seeded-clip.mjs FOLDER [LAYERS]   → FOLDER/vision_model.onnx (68 MB with two layers), text_model.onnx (128 MB)

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Graph } from './onnx-graph.mjs'

const dim = 512
const headWidth = 64

/** Uniform weights whose products keep the size of what goes in. */
const weight = (g, rows, columns) => g.seeded([rows, columns], Math.sqrt(3 / rows))

function linear(g, x, from, to) {
  return g.op('Add', [g.op('MatMul', [x, weight(g, from, to)]), g.seeded([to], 0.02)])
}

/** Written out in its parts, as exports of that opset have it. */
function layerNorm(g, x, width) {
  const centred = g.op('Sub', [x, g.op('ReduceMean', [x], { axes: [-1] })])
  const variance = g.op('ReduceMean', [g.op('Pow', [centred, g.floats([2], [])])], { axes: [-1] })
  const deviation = g.op('Sqrt', [g.op('Add', [variance, g.floats([1e-5], [])])])
  const gain = g.floats(new Float32Array(width).fill(1), [width])
  return g.op('Add', [g.op('Mul', [g.op('Div', [centred, deviation]), gain]), g.seeded([width], 0.02)])
}

function attention(g, x, width, mask) {
  const heads = width / headWidth
  const split = g.ints([0, 0, heads, headWidth])
  const part = () => g.op('Transpose', [g.op('Reshape', [linear(g, x, width, width), split])], { perm: [0, 2, 1, 3] })
  const [query, key, value] = [part(), part(), part()]
  const transposed = g.op('Transpose', [key], { perm: [0, 1, 3, 2] })
  const scores = g.op('Mul', [g.op('MatMul', [query, transposed]), g.floats([headWidth ** -0.5], [])])
  const weights = g.op('Softmax', [mask ? g.op('Add', [scores, mask]) : scores], { axis: -1 })
  const mixed = g.op('Transpose', [g.op('MatMul', [weights, value])], { perm: [0, 2, 1, 3] })
  return linear(g, g.op('Reshape', [mixed, g.ints([0, 0, width])]), width, width)
}

/** GELU by a sigmoid, as OpenAI has it. */
function quickGelu(g, x) {
  return g.op('Mul', [x, g.op('Sigmoid', [g.op('Mul', [x, g.floats([1.702], [])])])])
}

function transformer(g, x, width, layers, mask) {
  let state = x
  for (let layer = 0; layer < layers; layer++) {
    state = g.op('Add', [state, attention(g, layerNorm(g, state, width), width, mask)])
    const inner = quickGelu(g, linear(g, layerNorm(g, state, width), width, 4 * width))
    state = g.op('Add', [state, linear(g, inner, 4 * width, width)])
  }
  return state
}

export function pictureTower(layers = 2, { size = 224, patch = 32, width = 768 } = {}) {
  const g = new Graph(32)
  const pixels = g.input('pixel_values', 'float32', ['N', 3, size, size])
  const kernel = g.seeded([width, 3, patch, patch], Math.sqrt(1 / (patch * patch)))
  const patches = g.op('Conv', [pixels, kernel], { kernel_shape: [patch, patch], strides: [patch, patch] })
  const rows = g.op('Transpose', [g.op('Reshape', [patches, g.ints([0, width, -1])])], { perm: [0, 2, 1] })
  const count = g.op('Gather', [g.op('Shape', [pixels]), g.ints([0])], { axis: 0 })
  const classShape = g.op('Concat', [count, g.ints([1, width])], { axis: 0 })
  const classToken = g.op('Expand', [g.seeded([1, 1, width], 0.5), classShape])
  const positions = g.seeded([(size / patch) ** 2 + 1, width], 0.5)
  const embedded = g.op('Add', [g.op('Concat', [classToken, rows], { axis: 1 }), positions])
  const state = transformer(g, layerNorm(g, embedded, width), width, layers)
  const pooled = layerNorm(
    g,
    g.op('Squeeze', [g.op('Slice', [state, g.ints([0]), g.ints([1]), g.ints([1])]), g.ints([1])]),
    width,
  )
  g.op('MatMul', [pooled, weight(g, width, dim)], {}, 'image_embeds')
  return g.finish('image_embeds', ['N', dim])
}

export function textTower(layers = 2, { width = 512, vocabulary = 49408, maxLength = 77 } = {}) {
  const g = new Graph(77)
  const ids = g.input('input_ids', 'int64', ['N', 'L'])
  const shape = g.op('Shape', [ids])
  const at = (values, place) => g.op('Gather', [values, g.int(place)], { axis: 0 })
  const length = at(shape, 1)
  const places = g.op('Range', [g.int(0), length, g.int(1)])
  const tokens = g.op('Gather', [g.seeded([vocabulary, width], 0.5), ids], { axis: 0 })
  const positions = g.op('Gather', [g.seeded([maxLength, width], 0.1), places], { axis: 0 })
  const rowPlaces = g.op('Unsqueeze', [places, g.ints([1])])
  const sees = g.op('GreaterOrEqual', [rowPlaces, g.op('Unsqueeze', [places, g.ints([0])])])
  const mask = g.op('Where', [sees, g.floats([0], []), g.floats([-3.4028234663852886e38], [])])
  const state = transformer(g, g.op('Add', [tokens, positions]), width, layers, mask)
  // The state at the closing token, which has the highest id.
  const normed = layerNorm(g, state, width)
  const starts = g.op('Mul', [g.op('Range', [g.int(0), at(shape, 0), g.int(1)]), length])
  const closing = g.op('Add', [g.op('ArgMax', [ids], { axis: 1, keepdims: 0 }), starts])
  const pooled = g.op('Gather', [g.op('Reshape', [normed, g.ints([-1, width])]), closing], { axis: 0 })
  g.op('MatMul', [pooled, weight(g, width, dim)], {}, 'text_embeds')
  return g.finish('text_embeds', ['N', dim])
}

export function writeSeededClip(folder, layers = 2) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'vision_model.onnx'), pictureTower(layers))
  writeFileSync(join(folder, 'text_model.onnx'), textTower(layers))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, layers] = process.argv.slice(2)
  if (!folder) throw new Error('usage: node tests/data/seeded-clip.mjs FOLDER [LAYERS]')
  writeSeededClip(folder, Number(layers ?? 2))
}
