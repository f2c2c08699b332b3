import { proxy } from 'comlink'
import { reasonOf } from './errors.ts'
import type { ModelProgress } from './options.ts'
import type { Platform } from './platform.ts'
import { WorkerCalls, WorkerLost } from './worker-calls.ts'
import type { EncoderService, OpenedEncoder } from './workers/protocol.ts'

/** An encoder worker of its own, with a model in it or on its way there. */
export class StartedModel {
  /** Id of the model, or where its model.json is. */
  readonly name: string
  readonly opened: Promise<OpenedEncoder>
  readonly #worker: WorkerCalls<EncoderService>

  constructor(
    platform: Platform,
    name: string,
    acceptedLicence: boolean,
    onProgress: (progress: ModelProgress) => void,
  ) {
    this.name = name
    this.#worker = new WorkerCalls(platform.startEncoder())
    const setup = { assets: platform.assets, manifest: platform.manifestOf(name), acceptedLicence }
    this.opened = this.call(service => service.open(setup, proxy(onProgress)))
    // Whoever started it may look at the outcome later than it is there.
    this.opened.catch(() => undefined)
  }

  call<R>(ask: (service: EncoderService) => Promise<R>): Promise<R> {
    return this.#worker.call(ask).catch(explainLoss)
  }

  stop(reason: string): void {
    this.#worker.stop(reason)
  }
}

/** A library is bound to no encoder that is gone: opening it again starts another. */
function explainLoss(error: unknown): never {
  if (error instanceof WorkerLost) {
    throw new Error(`The encoder broke down (${reasonOf(error)}); open the library again.`, { cause: error })
  }
  throw error
}
