import type { WorkerKind, WorkerStarter } from './workers/protocol.ts'

interface Started {
  worker: Worker
  /** Rejects when the worker breaks down. */
  broken: Promise<never>
}

interface Running {
  worker: Worker
  /** Settles what `start` has answered with. */
  end(): void
}

/**
 * The decoders and encoders of a page's library worker, started by the page: Firefox 153 stands still now and then in a worker that
 * starts workers.
 */
export class PageWorkers implements WorkerStarter {
  readonly #running = new Map<number, Running>()
  #encoder: Started | undefined

  /** Starts an encoder, for the library worker to ask for once it runs itself. */
  prepareEncoder(): void {
    this.#encoder ??= startWorker('encoder')
  }

  async start(ticket: number, kind: WorkerKind, port: MessagePort): Promise<void> {
    const { worker, broken } = this.#take(kind)
    worker.postMessage(port, [port])
    const ended = new Promise<void>(end => this.#running.set(ticket, { worker, end }))
    await Promise.race([ended, broken])
  }

  async stop(ticket: number): Promise<void> {
    const running = this.#running.get(ticket)
    this.#running.delete(ticket)
    running?.worker.terminate()
    running?.end()
  }

  #take(kind: WorkerKind): Started {
    const prepared = kind === 'encoder' ? this.#encoder : undefined
    if (prepared) this.#encoder = undefined
    return prepared ?? startWorker(kind)
  }
}

function startWorker(kind: WorkerKind): Started {
  const worker = newWorker[kind]()
  const broken = new Promise<never>((_, reject) => {
    worker.onerror = event => reject(new Error(event.message || 'the worker could not be started'))
  })
  // One that is not asked for yet may break, too.
  broken.catch(() => undefined)
  return { worker, broken }
}

/** Bundlers find a worker only in this form. */
const newWorker = {
  decoder: () =>
    new Worker(new URL('./workers/decoder.worker.js', import.meta.url), { type: 'module', name: 'decoder' }),
  encoder: () =>
    new Worker(new URL('./workers/encoder.worker.js', import.meta.url), { type: 'module', name: 'encoder' }),
}
