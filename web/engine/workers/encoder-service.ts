import { transfer } from 'comlink'
import { loadCore } from '../core-loader.ts'
import { type Encoder, openEncoder } from '../encoder.ts'
import { PicfindError } from '../errors.ts'
import { type ModelFilesOptions, openModelFiles } from '../model-files.ts'
import { type ModelManifest, parseManifest } from '../models.ts'
import type { Assets, ModelProgress } from '../options.ts'
import type { EncoderService, EncoderSetup, OpenedEncoder } from './protocol.ts'

/** Where an encoder worker finds the files of a model. */
export interface ModelPlace {
  /** The text of a manifest; undefined if there is none at that address. */
  readManifest(url: URL, assets: Assets, onProgress: (progress: ModelProgress) => void): Promise<string | undefined>
  files(
    manifest: ModelManifest,
    url: URL,
    assets: Assets,
    onProgress: (progress: ModelProgress) => void,
  ): Promise<Omit<ModelFilesOptions, 'sha256' | 'acceptedLicence'>>
  /** ONNX Runtime's wasm; undefined where the runtime is to fetch it itself. */
  readRuntime(assets: Assets, onProgress: (progress: ModelProgress) => void): Promise<Uint8Array | undefined>
  /** Loads the token tables with the model: words are what it is opened for. */
  wordsFirst: boolean
}

/** What an encoder worker does. */
export class EncoderWorker implements EncoderService {
  readonly #place: ModelPlace
  #encoder: Encoder | undefined
  /** Until what was reported last has been heard. */
  #reported: Promise<unknown> = Promise.resolve()

  constructor(place: ModelPlace) {
    this.#place = place
  }

  async open(setup: EncoderSetup, report: (progress: ModelProgress) => void): Promise<OpenedEncoder> {
    const onProgress = (progress: ModelProgress) => {
      this.#reported = Promise.resolve(report(progress)).catch(() => undefined)
    }
    const { assets, acceptedLicence } = setup
    const url = new URL(setup.manifest)
    const text = await this.#place.readManifest(url, assets, onProgress)
    if (text === undefined) throw new PicfindError('not-found', `There is no model manifest at ${url}.`)
    const manifest = parseManifest(text, url.href)
    const files = openModelFiles(manifest, {
      ...(await this.#place.files(manifest, url, assets, onProgress)),
      sha256: async bytes => (await loadCore(assets)).sha256(bytes),
      acceptedLicence,
    })
    const encoder = await openEncoder(manifest, files, {
      wasmPaths: assets.runtime,
      readWasm: () => this.#place.readRuntime(assets, onProgress),
      onProgress: ({ file, loaded, total }) => onProgress({ file, loaded, total: total ?? null }),
    })
    this.#encoder = encoder
    // What fails here fails again, and is said, with the first query.
    if (this.#place.wordsFirst && encoder.hasInstant) void encoder.encodeText('', 'instant').catch(() => undefined)
    const { dim, space, preprocess, mean } = encoder
    return { model: manifest.id, dim, space, preprocess, mean }
  }

  async encodePicture(tensor: Float32Array): Promise<Float32Array> {
    const [vector] = await this.#opened().encodePictures([tensor])
    if (!vector) throw new PicfindError('corrupt', 'The picture tower gave no vector.')
    return transfer(vector, [vector.buffer])
  }

  /** Answers after its last report has been heard: reports go another way and may be later. */
  async encodeText(text: string, tower: 'instant' | 'best'): ReturnType<EncoderService['encodeText']> {
    const encoded = await this.#opened().encodeText(text, tower)
    await this.#reported
    return encoded
  }

  async close(): Promise<void> {
    await this.#encoder?.close()
  }

  #opened(): Encoder {
    if (!this.#encoder) throw new PicfindError('usage', 'The encoder has not been opened.')
    return this.#encoder
  }
}
