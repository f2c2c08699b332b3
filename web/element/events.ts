/** The events of `<picfind-search>`. They bubble and leave the shadow tree. */
import type { SiteRecord } from '../engine/types.ts'

/** A picture as its bundle describes it: what is not known is left out. Addresses of pages are relative to the site, that of the thumbnail to the bundle. */
export type PicfindRecord = Pick<
  SiteRecord,
  'id' | 'path' | 'alt' | 'caption' | 'title' | 'width' | 'height' | 'url' | 'thumbnail' | 'pages'
>

export interface PicfindResult {
  record: PicfindRecord
  /** Cosine of query and picture; comparable within one answer only. */
  score: number
  /** The address its link leads to. */
  url: string
}

/** `picfind-results`: other results are shown. */
export type PicfindResults = CustomEvent<{
  /** Words; the id of a picture; or a picture of the visitor's. */
  query: { words: string } | { like: string } | { picture: File }
  results: PicfindResult[]
  /** `quick`: from the small tables; `full`: by the whole model. */
  answer: 'quick' | 'full'
  /** Not all that the answer is made of has been loaded yet. */
  partial: boolean
}>

/** `picfind-open`: a result is about to be opened; `preventDefault()` leaves that to the page. */
export type PicfindOpen = CustomEvent<PicfindResult>

declare global {
  interface GlobalEventHandlersEventMap {
    'picfind-results': PicfindResults
    'picfind-open': PicfindOpen
  }
}
