import type { SegmentRow } from './core.ts'

/** The most a crash can cost. */
const rowsPerCommit = 64
/** Milliseconds before fewer are committed too. */
const commitInterval = 5000

export type CommitRows = (rows: SegmentRow[], deleteIds: Set<string>) => Promise<void>

/** Gathers rows and commits them when there are 64, when 5 seconds are over, or when asked. While it commits, it takes none. */
export class CommitBatch {
  readonly #commit: CommitRows
  #rows: SegmentRow[] = []
  #deleteIds = new Set<string>()
  #committing: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #failure: { error: unknown } | undefined

  constructor(commit: CommitRows) {
    this.#commit = commit
  }

  /** Rejects when this or an earlier commit has failed. */
  async add(row: SegmentRow, deleteIds: Iterable<string> = []): Promise<void> {
    while (this.#committing) await this.#committing
    this.#throwFailure()
    this.#rows.push(row)
    this.delete(deleteIds)
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), commitInterval)
    if (this.#rows.length >= rowsPerCommit) await this.flush()
  }

  /** What is to go with the next commit. */
  delete(ids: Iterable<string>): void {
    for (const id of ids) this.#deleteIds.add(id)
  }

  /** Commits what has been gathered; `always` even when that is nothing. */
  async flush(always = false): Promise<void> {
    while (this.#committing) await this.#committing
    this.#throwFailure()
    clearTimeout(this.#timer)
    this.#timer = undefined
    const rows = this.#rows
    const deleteIds = this.#deleteIds
    if (!always && rows.length === 0 && deleteIds.size === 0) return
    this.#rows = []
    this.#deleteIds = new Set()
    this.#committing = this.#commit(rows, deleteIds).catch(error => {
      this.#failure = { error }
    })
    await this.#committing
    this.#committing = undefined
    this.#throwFailure()
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}
