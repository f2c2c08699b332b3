import type { Progress, Skipped } from './types.ts'
import type { OnProgress } from './workers/protocol.ts'

/** Milliseconds between two reports. */
const interval = 100
/** Milliseconds over which the rate is measured. */
const rateWindow = 10_000

type Counter = 'indexed' | 'unchanged' | 'renamed'

/** Counts what happens to pictures and reports it, often enough to watch and not more. */
export class ProgressMeter {
  readonly #report: OnProgress
  readonly #progress: Progress = {
    phase: 'listing',
    found: 0,
    done: 0,
    indexed: 0,
    unchanged: 0,
    renamed: 0,
    deleted: 0,
    skipped: [],
    picturesPerSecond: 0,
  }
  /** When pictures were encoded, the last ones. */
  #encoded: number[] = []
  #reported = Number.NEGATIVE_INFINITY

  constructor(report: OnProgress) {
    this.#report = report
  }

  enter(phase: Progress['phase']): Progress {
    this.#progress.phase = phase
    return this.#send()
  }

  find(): void {
    this.#progress.found++
    this.#sendIfDue()
  }

  count(counter: Counter): void {
    this.#progress[counter]++
    this.#progress.done++
    this.#sendIfDue()
  }

  skip(skipped: Skipped): void {
    this.#progress.skipped.push(skipped)
    this.#progress.done++
    this.#sendIfDue()
  }

  delete(count: number): void {
    this.#progress.deleted += count
  }

  /** A picture went through the encoder. */
  encode(): void {
    this.#encoded.push(performance.now())
  }

  #sendIfDue(): void {
    if (performance.now() - this.#reported >= interval) this.#send()
  }

  #send(): Progress {
    const now = performance.now()
    this.#reported = now
    const picturesPerSecond = this.#rate(now)
    const { phase, found, done } = this.#progress
    const secondsLeft = phase !== 'listing' && picturesPerSecond > 0 ? (found - done) / picturesPerSecond : undefined
    const report = { ...this.#progress, skipped: [...this.#progress.skipped], picturesPerSecond, secondsLeft }
    this.#report(report)
    return report
  }

  #rate(now: number): number {
    this.#encoded = this.#encoded.filter(time => now - time < rateWindow)
    const first = this.#encoded[0]
    return first === undefined || now === first ? 0 : (this.#encoded.length * 1000) / (now - first)
  }
}
