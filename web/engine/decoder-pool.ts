import { transfer } from 'comlink'
import { PicfindError, reasonOf } from './errors.ts'
import type { Platform } from './platform.ts'
import { readBlob } from './read-blob.ts'
import { WorkerCalls, WorkerLost } from './worker-calls.ts'
import type { DecodedPicture, DecoderService, DecoderSetup } from './workers/protocol.ts'

/** Milliseconds; nothing that can be decoded takes so long, so what does is taken for hanging. */
const timeLimit = 120_000
const mostDecoders = 4
const filesPerDecoder = 4

/** A file that a decoder has read. One of `decode` and `drop` must be called. */
export interface TakenFile {
  /** Of the bytes, lower-case hex. */
  sha256: string
  /** Bytes. */
  size: number
  decode(wanted: { thumbnail: boolean }): Promise<DecodedPicture>
  drop(): Promise<void>
}

interface OpenDecoder {
  calls: WorkerCalls<DecoderService>
  opened: Promise<void>
  files: number
}

/** Decoder workers, started as they are needed. A worker that breaks down is replaced; its calls fail with WorkerLost. */
export class DecoderPool {
  readonly #platform: Platform
  readonly #setup: DecoderSetup
  readonly #size: number
  readonly #decoders: OpenDecoder[] = []
  #tickets = 0

  constructor(platform: Platform, setup: DecoderSetup) {
    this.#platform = platform
    this.#setup = setup
    this.#size = Math.min(platform.cores, mostDecoders)
  }

  /** Files worth having at work at once, so that no decoder waits for its next one or for the encoder. */
  get depth(): number {
    return filesPerDecoder * this.#size
  }

  /** Ownership of the bytes passes to a decoder. `name` tells RAW files from TIFF. */
  async take(file: Blob | Uint8Array, name: string): Promise<TakenFile> {
    const decoder = this.#leastBusy()
    const ticket = ++this.#tickets
    decoder.files++
    const release = () => {
      decoder.files--
    }
    const ask = async <T>(call: (service: DecoderService) => Promise<T>): Promise<T> => {
      try {
        return await decoder.calls.call(call, timeLimit)
      } catch (error) {
        // What is no verdict on the picture leaves the worker in doubt.
        if (!(error instanceof PicfindError)) this.#discard(decoder, reasonOf(error))
        throw error instanceof PicfindError ? error : new WorkerLost(reasonOf(error))
      }
    }
    try {
      await decoder.opened
      const sent = file instanceof Blob && !this.#platform.sendsBlobs ? await readBlob(file) : file
      const { sha256, size } = await ask(service => service.take(ticket, sendable(sent), name))
      return {
        sha256,
        size,
        decode: wanted => ask(service => service.decode(ticket, wanted)).finally(release),
        drop: () => ask(service => service.drop(ticket)).finally(release),
      }
    } catch (error) {
      release()
      throw error
    }
  }

  close(): void {
    for (const { calls } of this.#decoders.splice(0)) calls.stop('the library was closed')
  }

  #leastBusy(): OpenDecoder {
    const least = this.#decoders.reduce<OpenDecoder | undefined>(
      (best, decoder) => (best && best.files <= decoder.files ? best : decoder),
      undefined,
    )
    if (least && (least.files === 0 || this.#decoders.length >= this.#size)) return least
    const calls = new WorkerCalls(this.#platform.startDecoder())
    const opened = calls.call(service => service.open(this.#setup))
    const decoder = { calls, opened, files: 0 }
    opened.catch(error => this.#discard(decoder, reasonOf(error)))
    this.#decoders.push(decoder)
    return decoder
  }

  #discard(decoder: OpenDecoder, reason: string): void {
    const place = this.#decoders.indexOf(decoder)
    if (place >= 0) this.#decoders.splice(place, 1)
    decoder.calls.stop(reason)
  }
}

/** Bytes that have a buffer of their own are moved, not copied. */
function sendable(file: Blob | Uint8Array): Blob | Uint8Array {
  const alone = file instanceof Uint8Array && file.byteLength === file.buffer.byteLength
  return alone ? transfer(file, [file.buffer]) : file
}
