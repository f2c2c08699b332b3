/** Why a picture of a site is not in its search. All but `unreadable` are as somebody wanted it. */
export type LeftOutReason =
  | 'small' // below 64 pixels
  | 'svg' // icons and drawings
  | 'excluded' // by --exclude or .picfindignore
  | 'ignored' // by data-picfind-ignore
  | 'noindex' // only on pages that ask not to be found
  | 'unmentioned' // on no page of a site that shows others
  | 'unreadable' // no picture, or damaged

export interface LeftOut {
  /** In the site. */
  path: string
  reason: LeftOutReason
  /** In English, where there is more to say. */
  detail?: string
}

export class LeftOutList {
  readonly #all: LeftOut[] = []

  get any(): boolean {
    return this.#all.length > 0
  }

  add(path: string, reason: LeftOutReason, detail?: string): void {
    this.#all.push(detail === undefined ? { path, reason } : { path, reason, detail })
  }

  sorted(): LeftOut[] {
    return this.#all.sort(byPath)
  }
}

/** By code units, on every machine alike. */
export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}
