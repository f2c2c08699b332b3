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
