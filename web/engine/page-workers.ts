import type { ThreadRequest } from './workers/page-thread.ts'
import type { WorkerKind, WorkerStarter } from './workers/protocol.ts'

interface Started {
  /** With those of its threads. */
  workers: Worker[]
  /** Rejects when one of them breaks down. */
  broken: Promise<never>
}

interface Running {
  workers: Worker[]
  /** Settles what `start` has answered with. */
  end(): void
}

/**
 * The decoders and encoders of a page's library worker, and ONNX Runtime's threads, started by the page: Firefox 153 stands still now and
 * then in a worker that starts workers.
 */
export class PageWorkers implements WorkerStarter {
  readonly #running = new Map<number, Running>()
  #encoder: Started | undefined

  /** Starts an encoder, for the library worker to ask for once it runs itself. */
  prepareEncoder(): void {
    this.#encoder ??= startWorker('encoder')
  }

  async start(ticket: number, kind: WorkerKind, port: MessagePort): Promise<void> {
    const { workers, broken } = this.#take(kind)
    workers[0]!.postMessage(port, [port])
    const ended = new Promise<void>(end => this.#running.set(ticket, { workers, end }))
    await Promise.race([ended, broken])
  }

  async stop(ticket: number): Promise<void> {
    const running = this.#running.get(ticket)
    this.#running.delete(ticket)
    for (const worker of running?.workers ?? []) worker.terminate()
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
  const workers = [worker]
  const broken = new Promise<never>((_, reject) => {
    const fail = (event: ErrorEvent) => reject(new Error(event.message || 'the worker could not be started'))
    worker.onerror = fail
    worker.onmessage = ({ data }: MessageEvent<ThreadRequest>) => {
      const thread = newWorker.thread()
      thread.onerror = fail
      thread.postMessage(data, [data.port])
      workers.push(thread)
    }
  })
  // One that is not asked for yet may break, too.
  broken.catch(() => undefined)
  return { workers, broken }
}

/** Bundlers find a worker only in this form. ONNX Runtime knows its threads by their name. */
const newWorker = {
  decoder: () =>
    new Worker(new URL('./workers/decoder.worker.js', import.meta.url), { type: 'module', name: 'decoder' }),
  encoder: () =>
    new Worker(new URL('./workers/encoder.worker.js', import.meta.url), { type: 'module', name: 'encoder' }),
  thread: () =>
    new Worker(new URL('./workers/thread.worker.js', import.meta.url), { type: 'module', name: 'em-pthread' }),
}
