/** `picfind/element`: for sites whose scripts are bundled. The code comes from the bundle, so that it fits the files beside it. */
import { loadSearch } from './load.ts'

export type { PicfindOpen, PicfindRecord, PicfindResult, PicfindResults } from './events.ts'

/** Defines `<picfind-search>` from the bundle in folder `bundle`, an address relative to the page. */
export function definePicfindSearch(bundle: string | URL = 'picfind/'): Promise<void> {
  const folder = new URL(bundle, document.baseURI)
  if (!folder.pathname.endsWith('/')) folder.pathname += '/'
  return loadSearch(folder)
}
