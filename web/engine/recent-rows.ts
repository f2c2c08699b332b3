/** Ids remembered at most. */
const most = 10_000

/** In which rows those records are that were found last: they are asked for again by their ids, for their thumbnails first. */
export class RecentRows {
  readonly #rows = new Map<string, number>()

  get(id: string): number | undefined {
    return this.#rows.get(id)
  }

  set(id: string, row: number): void {
    // A Map keeps the order of insertion.
    this.#rows.delete(id)
    this.#rows.set(id, row)
    if (this.#rows.size <= most) return
    const [oldest] = this.#rows.keys()
    if (oldest !== undefined) this.#rows.delete(oldest)
  }

  clear(): void {
    this.#rows.clear()
  }
}
