import { SingleBar } from 'cli-progress'
import { duration, note } from './output.ts'

/** How far a job is; `left` in seconds, where it is known. */
export interface Standing {
  done: number
  total: number
  /** Such as `31 pictures/s`; may be empty. */
  rate: string
  left?: number | undefined
}

export interface ProgressDisplay {
  show(standing: Standing): void
  end(): void
}

const secondsBetweenLines = 5

function ending({ rate, left }: Standing): string {
  return [rate, left === undefined ? '' : `${duration(left)} left`].filter(Boolean).join(', ')
}

class Bar implements ProgressDisplay {
  readonly #bar: SingleBar
  #started = false

  constructor(title: string, number: (value: number) => string) {
    this.#bar = new SingleBar({
      format: `${title} {bar} {value} of {total}  {ending}`,
      formatValue: (value, _options, type) => (type === 'value' || type === 'total' ? number(value) : String(value)),
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    })
  }

  show(standing: Standing): void {
    const payload = { ending: ending(standing) }
    if (!this.#started) this.#bar.start(standing.total, standing.done, payload)
    this.#started = true
    this.#bar.setTotal(standing.total)
    this.#bar.update(standing.done, payload)
  }

  end(): void {
    this.#bar.stop()
  }
}

class Lines implements ProgressDisplay {
  readonly #title: string
  readonly #number: (value: number) => string
  #next = Date.now() + secondsBetweenLines * 1000

  constructor(title: string, number: (value: number) => string) {
    this.#title = title
    this.#number = number
  }

  show(standing: Standing): void {
    if (Date.now() < this.#next) return
    this.#next = Date.now() + secondsBetweenLines * 1000
    const { done, total } = standing
    note(
      [`${this.#title}: ${this.#number(done)} of ${this.#number(total)}`, ending(standing)].filter(Boolean).join(', '),
    )
  }

  end(): void {}
}

/** On stderr: a bar on a terminal, else a plain line every few seconds. */
export function displayProgress(title: string, number: (value: number) => string = String): ProgressDisplay {
  return process.stderr.isTTY ? new Bar(title, number) : new Lines(title, number)
}
