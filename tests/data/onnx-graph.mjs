// Writes ONNX graphs with seeded weights, through the protobuf classes that onnxruntime-web brings along: no Python at test time.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { onnx } = require('../../node_modules/onnxruntime-web/lib/onnxjs/ort-schema/protobuf/onnx.js')

const { FLOAT, INT64 } = onnx.TensorProto.DataType
const attributeTypes = onnx.AttributeProto.AttributeType

/** Numbers in [0, 1), the same for the same seed everywhere (mulberry32, public domain). */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function attribute(name, value) {
  if (Array.isArray(value)) return { name, type: attributeTypes.INTS, ints: value }
  if (typeof value === 'string') return { name, type: attributeTypes.STRING, s: Buffer.from(value) }
  if (Number.isInteger(value)) return { name, type: attributeTypes.INT, i: value }
  return { name, type: attributeTypes.FLOAT, f: value }
}

/** Dimensions are numbers, or names for those that vary. */
function valueInfo(name, elemType, shape) {
  const dim = shape.map(size => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }))
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

export class Graph {
  #nodes = []
  #weights = []
  #inputs = []
  #random

  constructor(seed) {
    this.#random = random(seed)
  }

  input(name, type, shape) {
    this.#inputs.push(valueInfo(name, type === 'int64' ? INT64 : FLOAT, shape))
    return name
  }

  /** A float32 constant. */
  floats(values, shape) {
    return this.#weight(FLOAT, shape, Float32Array.from(values))
  }

  /** An int64 constant, a list. */
  ints(values) {
    return this.#weight(INT64, [values.length], BigInt64Array.from(values, BigInt))
  }

  /** An int64 constant, a single number. */
  int(value) {
    return this.#weight(INT64, [], BigInt64Array.of(BigInt(value)))
  }

  /** Float32 weights in ±`scale`. */
  seeded(shape, scale) {
    const values = new Float32Array(shape.reduce((a, b) => a * b))
    for (let i = 0; i < values.length; i++) values[i] = (2 * this.#random() - 1) * scale
    return this.#weight(FLOAT, shape, values)
  }

  /** Appends a node and returns the name of its output. */
  op(opType, inputs, attributes = {}, output = `${opType}_${this.#nodes.length}`) {
    const list = Object.entries(attributes).map(([name, value]) => attribute(name, value))
    this.#nodes.push({ opType, input: inputs, output: [output], attribute: list })
    return output
  }

  /** The graph as bytes of a .onnx file. */
  finish(output, shape) {
    const graph = {
      name: 'seeded',
      node: this.#nodes,
      initializer: this.#weights,
      input: this.#inputs,
      output: [valueInfo(output, FLOAT, shape)],
    }
    return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph }).finish()
  }

  #weight(dataType, dims, values) {
    const name = `weight_${this.#weights.length}`
    this.#weights.push({ name, dataType, dims, rawData: new Uint8Array(values.buffer) })
    return name
  }
}
