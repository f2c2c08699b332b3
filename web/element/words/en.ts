/** Everything the element says, in English. Other languages have the same shape (`Words`). */
import type { TroubleCode } from '../trouble.ts'

const pictures = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'picture' : 'pictures'}`

export const en = {
  search: 'Search pictures',
  placeholder: 'Describe a picture',
  clear: 'Clear the search',
  close: 'Close',
  results: 'Pictures',
  searching: 'Searching …',
  resultsFor: (query: string, n: number) => `${query}: ${pictures(n)}, best first`,
  noneFor: (query: string) => `${query}: no pictures found`,
  quoted: (words: string) => `“${words}”`,
  like: (name: string) => `Like ${name}`,
  moreLikeThis: 'More like this',
  moreLike: (name: string) => `More like ${name}`,
  more: 'Show more',
  yourPicture: 'your picture',
  pickPicture: 'Search by a picture of yours',
  pickPictureSize: (size: string) => `Search by a picture of yours (loads ${size} once)`,
  dropPicture: 'Drop the picture to search by it',
  dropPictureSize: (size: string) => `Drop the picture to search by it (loads ${size} once)`,

  quick: 'Quick answer. Full search knows more words and whole sentences.',
  needsFull: 'This needs full search.',
  loadFull: (size: string) => `Load full search (${size})`,
  loading: (done: string, all: string) => `Loading full search: ${done} of ${all}`,
  refining: 'Refining …',
  partial: 'A first answer: not all pictures have been compared closely yet.',
  notKept: 'Full search is here until this page is closed. Over https the browser would keep it for the next visit.',

  /** What a visitor is told; details are for the console. */
  troubles: {
    unreachable: 'The search cannot be reached. Check the connection and try again.',
    missing: 'Picture search is not at its place on this site.',
    newer: 'This search has been updated. Reload the page to use it.',
    stale: 'The search is being updated. Reload the page in a moment.',
    full: 'Full search could not be loaded. Quick answers go on; try again later.',
    picture: 'This picture cannot be searched by. Try a JPEG, PNG or WebP file.',
  } satisfies Record<TroubleCode, string> as Record<TroubleCode, string>,
  retry: 'Try again',
}
