import { transfer } from 'comlink'
import type { Core, LeastSize, Preprocess } from '../core.ts'
import { isLoss, loadCore, runningCore } from '../core-loader.ts'
import { decodePicture, fileType } from '../decode.ts'
import { leastSize, thumbnailSide } from '../decode-size.ts'
import { PicfindError, reasonOf } from '../errors.ts'
import type { PlatformDecode } from '../pixels.ts'
import { readBlob } from '../read-blob.ts'
import { sha256 } from '../sha256.ts'
import type { DecodedPicture, DecoderService, DecoderSetup, TakenFile } from './protocol.ts'

/** JPEG quality. */
const thumbnailQuality = 80

interface OpenedSetup {
  core: Core
  preprocess: Preprocess
  least: LeastSize | null
}

/** What a decoder worker does; `platformDecode` reads WebP and AVIF. */
export class Decoder implements DecoderService {
  readonly #platformDecode: PlatformDecode
  readonly #taken = new Map<number, { bytes: Uint8Array; name: string }>()
  #setup: OpenedSetup | undefined

  constructor(platformDecode: PlatformDecode) {
    this.#platformDecode = platformDecode
  }

  async open({ assets, preprocess, decoding }: DecoderSetup): Promise<void> {
    this.#setup = { core: await loadCore(assets), preprocess, least: leastSize(preprocess, decoding) }
  }

  async take(ticket: number, file: Blob | Uint8Array, name: string): Promise<TakenFile> {
    const bytes = file instanceof Uint8Array ? file : await readBlob(file)
    this.#taken.set(ticket, { bytes, name })
    return { sha256: await sha256(bytes, all => this.#opened().core.sha256(all)), size: bytes.length }
  }

  async decode(ticket: number, wanted: { thumbnail: boolean }): Promise<DecodedPicture> {
    const file = this.#taken.get(ticket)
    this.#taken.delete(ticket)
    if (!file) throw new PicfindError('usage', `No file was taken as ${ticket}.`)
    const setup = this.#opened()
    setup.core = await runningCore(setup.core)
    try {
      return await this.#decode(setup, file, wanted)
    } catch (error) {
      if (!isLoss(error, setup.core)) throw error
      throw new PicfindError('core-lost', `its decoder broke down (${reasonOf(error)})`, { cause: error })
    }
  }

  async #decode(
    { core, preprocess, least }: OpenedSetup,
    file: { bytes: Uint8Array; name: string },
    wanted: { thumbnail: boolean },
  ): Promise<DecodedPicture> {
    const type = fileType(core, file.bytes, file.name)
    const picture = await decodePicture(core, file.bytes, file.name, least, this.#platformDecode)
    try {
      const { width, height } = picture
      const tensor = picture.tensor(preprocess)
      const thumbnail = wanted.thumbnail ? picture.thumbnail(thumbnailSide, thumbnailQuality) : new Uint8Array()
      return transfer({ type, width, height, tensor, thumbnail }, [tensor.buffer, thumbnail.buffer])
    } finally {
      picture.delete()
    }
  }

  async drop(ticket: number): Promise<void> {
    this.#taken.delete(ticket)
  }

  #opened(): OpenedSetup {
    if (!this.#setup) throw new PicfindError('usage', 'The decoder has not been opened.')
    return this.#setup
  }
}
