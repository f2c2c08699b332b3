import { reasonOf } from './errors.ts'
import type { RunningWorker } from './platform.ts'

/** The worker broke down, was stopped or did not answer in time, perhaps through another call than this one. */
export class WorkerLost extends Error {}

/** Calls to a worker that fail when it is lost, instead of never being answered. */
export class WorkerCalls<T> {
  readonly #worker: RunningWorker<T>
  readonly #waiting = new Set<(reason: WorkerLost) => void>()
  #lost: WorkerLost | undefined

  constructor(worker: RunningWorker<T>) {
    this.#worker = worker
    worker.broken.catch(error => this.stop(reasonOf(error)))
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** How many calls have no answer yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** `timeLimit`: milliseconds after which the worker is stopped. */
  call<R>(ask: (service: T) => Promise<R>, timeLimit?: number): Promise<R> {
    if (this.#lost) return Promise.reject(this.#lost)
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      const timer =
        timeLimit === undefined
          ? undefined
          : setTimeout(() => this.stop(`no answer in ${timeLimit / 1000} s`), timeLimit)
      const settle = () => {
        this.#waiting.delete(reject)
        clearTimeout(timer)
      }
      ask(this.#worker.service).then(resolve, reject).finally(settle)
    })
  }

  stop(reason: string): void {
    if (this.#lost) return
    this.#lost = new WorkerLost(reason)
    this.#worker.stop()
    for (const reject of this.#waiting) reject(this.#lost)
    this.#waiting.clear()
  }
}
