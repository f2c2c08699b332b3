/** An ONNX graph in the runtime: named inputs → one vector. */
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { PicfindError, reasonOf } from './errors.ts'
import type { SessionOptions } from './models.ts'
import type { Runtime } from './runtime.ts'

export interface GraphDescription {
  /** What messages call it. */
  name: string
  /** Those it must have. */
  inputs: string[]
  /** float32[1, dim] */
  output: string
  dim: number
  session?: SessionOptions | undefined
}

export class Graph {
  readonly #runtime: Runtime
  readonly #session: InferenceSession
  readonly #description: GraphDescription

  private constructor(runtime: Runtime, session: InferenceSession, description: GraphDescription) {
    this.#runtime = runtime
    this.#session = session
    this.#description = description
  }

  static async open(runtime: Runtime, bytes: Uint8Array, description: GraphDescription): Promise<Graph> {
    const { name, inputs, output } = description
    let session: InferenceSession
    try {
      session = await runtime.InferenceSession.create(bytes, {
        executionProviders: [runtime.env.versions.node === undefined ? 'wasm' : 'cpu'],
        ...description.session,
      })
    } catch (error) {
      throw new PicfindError('corrupt', `${name} is not a graph that the runtime can load: ${reasonOf(error)}`)
    }
    const missing = [
      ...inputs.filter(input => !session.inputNames.includes(input)),
      ...(session.outputNames.includes(output) ? [] : [output]),
    ]
    if (missing.length > 0) {
      const found = `${session.inputNames.join(', ')} → ${session.outputNames.join(', ')}`
      await session.release()
      throw new PicfindError('corrupt', `${name}: the manifest names ${missing.join(', ')}, the graph has ${found}`)
    }
    return new Graph(runtime, session, description)
  }

  get inputs(): readonly string[] {
    return this.#session.inputNames
  }

  floats(values: Float32Array, shape: number[]): Tensor {
    return new this.#runtime.Tensor('float32', values, shape)
  }

  /** int64[1, length] */
  ids(values: number[]): Tensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
  }

  /** float32[dim], as the graph gives it. */
  async run(feeds: Record<string, Tensor>): Promise<Float32Array> {
    const { name, output, dim } = this.#description
    const { [output]: result } = await this.#session.run(feeds, [output])
    if (!(result?.data instanceof Float32Array) || result.data.length !== dim) {
      const found = `${result?.type}[${result?.dims.join(', ')}]`
      throw new PicfindError('corrupt', `${name}: expected ${output} to be float32[1, ${dim}], found ${found}`)
    }
    return result.data
  }

  release(): Promise<void> {
    return this.#session.release()
  }
}
