/** A model at work: pictures and words → vectors of one space. Every vector it gives is float32[dim] of unit length. */
import type { Preprocess } from './core.ts'
import { PicfindError } from './errors.ts'
import { Graph } from './graph.ts'
import type { ModelFiles, ReadOptions } from './model-files.ts'
import { type ModelFile, type ModelManifest, placeOf, type Space, spaceOf } from './models.ts'
import { loadRuntime, type Runtime, type RuntimeOptions } from './runtime.ts'
import { type EncodedText, encodeByRules } from './text-query.ts'
import { type OpenTextTower, openTextTower } from './text-tower.ts'
import { unitVector } from './unit-vector.ts'

export type { EncodedText } from './text-query.ts'

export interface EncoderOptions extends RuntimeOptions, ReadOptions {}

export interface Encoder {
  readonly manifest: ModelManifest
  readonly dim: number
  readonly space: Space
  readonly preprocess: Preprocess
  /** float32[dim]: what libraries of this model subtract before they quantise, where the model gives it. */
  readonly mean: Float32Array | undefined
  /** Whether `instant` answers without a graph; where the model has no tables it answers as `best` does. */
  readonly hasInstant: boolean
  /** tensors: float32[3 · size · size] each, as `CorePicture.tensor` gives them. */
  encodePictures(tensors: Float32Array[]): Promise<Float32Array[]>
  encodeText(text: string, tower: 'instant' | 'best'): Promise<EncodedText>
  /** Frees the towers; used again, the encoder loads them anew. */
  close(): Promise<void>
}

/** Towers are loaded at their first use. Opening reads the mean and, where nobody publishes its hash, the picture tower. */
export async function openEncoder(
  manifest: ModelManifest,
  files: ModelFiles,
  options: EncoderOptions = {},
): Promise<Encoder> {
  const pictureSha256 = await files.sha256(manifest.towers.picture.file, options)
  const space = await spaceOf(manifest, pictureSha256, files.hash)
  const mean = manifest.mean && readMean(manifest.mean, await files.read(manifest.mean, options), manifest.dim)
  return new OnnxEncoder(manifest, files, options, space, mean)
}

class OnnxEncoder implements Encoder {
  readonly manifest: ModelManifest
  readonly space: Space
  readonly mean: Float32Array | undefined
  readonly #files: ModelFiles
  readonly #options: EncoderOptions
  readonly #towers = new Opened<OpenTextTower>()
  readonly #picture = new Opened<Graph>()
  readonly #runtime = new Opened<Runtime>()

  constructor(
    manifest: ModelManifest,
    files: ModelFiles,
    options: EncoderOptions,
    space: Space,
    mean: Float32Array | undefined,
  ) {
    this.manifest = manifest
    this.space = space
    this.mean = mean
    this.#files = files
    this.#options = options
  }

  get dim(): number {
    return this.manifest.dim
  }

  get preprocess(): Preprocess {
    return this.manifest.preprocess
  }

  get hasInstant(): boolean {
    return this.manifest.queries.instant.length > 0
  }

  async encodePictures(tensors: Float32Array[]): Promise<Float32Array[]> {
    const { file, input } = this.manifest.towers.picture
    const { size } = this.preprocess
    const graph = await this.#picture.get('', () => this.#openPictureTower())
    const vectors: Float32Array[] = []
    for (const tensor of tensors) {
      if (tensor.length !== 3 * size * size) {
        const expected = `expected 3 · ${size} · ${size} floats, found ${tensor.length}`
        throw new PicfindError('usage', `A tensor for ${this.manifest.id}: ${expected}`)
      }
      const output = await graph.run({ [input]: graph.floats(tensor, [1, 3, size, size]) })
      const vector = unitVector(output, placeOf(file))
      if (!vector) throw new PicfindError('corrupt', `${placeOf(file)} gave a vector of zeros for a picture`)
      vectors.push(vector)
    }
    return vectors
  }

  async encodeText(text: string, tower: 'instant' | 'best'): Promise<EncodedText> {
    const { instant, best } = this.manifest.queries
    const rules = tower === 'instant' && this.hasInstant ? instant : best
    return encodeByRules(text, rules, this.dim, id => this.#towers.get(id, () => this.#openTextTower(id)))
  }

  async close(): Promise<void> {
    const towers = [...(await this.#towers.clear()), ...(await this.#picture.clear())]
    await Promise.all(towers.map(tower => tower.release()))
  }

  #loadRuntime = (): Promise<Runtime> => this.#runtime.get('', () => loadRuntime(this.#options))

  async #openPictureTower(): Promise<Graph> {
    const { file, input, output, session } = this.manifest.towers.picture
    const [runtime, bytes] = await Promise.all([this.#loadRuntime(), this.#files.read(file, this.#options)])
    return Graph.open(runtime, bytes, { name: placeOf(file), inputs: [input], output, dim: this.dim, session })
  }

  async #openTextTower(id: string): Promise<OpenTextTower> {
    const tower = this.manifest.towers.text.find(candidate => candidate.id === id)
    if (!tower) throw new PicfindError('usage', `${this.manifest.id} has no text tower ${id}`)
    return openTextTower(tower, this.dim, this.#files, this.#loadRuntime, this.#options)
  }
}

/** Things that are opened once, by key; one that failed to open is tried again at its next use. */
class Opened<T> {
  readonly #byKey = new Map<string, Promise<T>>()

  get(key: string, open: () => Promise<T>): Promise<T> {
    const known = this.#byKey.get(key)
    if (known) return known
    const opening = open().catch(error => {
      this.#byKey.delete(key)
      throw error
    })
    this.#byKey.set(key, opening)
    return opening
  }

  /** Forgets all and gives those that had been opened. */
  async clear(): Promise<T[]> {
    const opening = [...this.#byKey.values()]
    this.#byKey.clear()
    const results = await Promise.allSettled(opening)
    return results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  }
}

/** Little-endian float32[dim]. */
function readMean(file: ModelFile, bytes: Uint8Array, dim: number): Float32Array {
  const floatBytes = Float32Array.BYTES_PER_ELEMENT
  if (bytes.length !== dim * floatBytes) {
    throw new PicfindError('corrupt', `${placeOf(file)}: expected ${dim} float32, found ${bytes.length} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return Float32Array.from({ length: dim }, (_, i) => view.getFloat32(i * floatBytes, true))
}
