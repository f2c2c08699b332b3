import { manifestUrlOf } from '../engine/store-http.ts'
import { type ManifestHead, readHead } from './manifest-head.ts'

/** Why a bundle cannot be opened by its address. */
export type AddressFault =
  | 'no-address' // not an address of the web
  | 'insecure' // http, asked for by a page of https
  | 'offline'
  | 'refused' // the host is there and does not allow other pages to read it (CORS)
  | 'unreachable' // not there, or refused: browsers do not tell which
  | 'token' // the host wants to know who asks
  | 'missing' // the host says there is no such file
  | 'no-bundle' // another file, often a page

export class AddressError extends Error {
  override readonly name = 'AddressError'
  readonly fault: AddressFault
  readonly address: string

  constructor(fault: AddressFault, address: string) {
    super(`${address}: ${fault}`)
    this.fault = fault
    this.address = address
  }
}

/** What is sent with a request to an address, a token for example. */
type HeadersFor = (url: string) => Record<string, string>

/** Folder of the bundle at an address that a person has given: the bundle's, its manifest's, or that of the site it is in. */
export async function findBundle(
  text: string,
  headersFor: HeadersFor = () => ({}),
): Promise<{ url: string; head: ManifestHead }> {
  const given = addressIn(text)
  const folder = new URL('.', manifestUrlOf(given))
  try {
    return await readBundle(manifestUrlOf(given), headersFor)
  } catch (error) {
    // Hosts that let others read what is there often do not say so where nothing is.
    if (!(error instanceof AddressError) || error.fault === 'token') throw error
    if (manifestUrlOf(given).href === given.href) throw error
    return await readBundle(new URL('picfind/manifest.json', folder), headersFor).catch(() => {
      throw error
    })
  }
}

/** People leave out the scheme. */
function addressIn(text: string): URL {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  if (!URL.canParse(address)) throw new AddressError('no-address', text)
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new AddressError('no-address', text)
  url.hash = ''
  url.search = ''
  return url
}

async function readBundle(manifest: URL, headersFor: HeadersFor): Promise<{ url: string; head: ManifestHead }> {
  const headers = headersFor(manifest.href)
  const response = await fetch(manifest, { cache: 'no-cache', credentials: 'omit', headers }).catch(async () => {
    throw new AddressError(await faultOf(manifest), manifest.href)
  })
  if (response.status === 401 || response.status === 403) throw new AddressError('token', manifest.href)
  if (!response.ok) throw new AddressError('missing', manifest.href)
  const head = readHead(new Uint8Array(await response.arrayBuffer()), manifest.href)
  if (!head) throw new AddressError('no-bundle', manifest.href)
  return { url: new URL('.', manifest).href, head }
}

/** Of an address that `fetch` has failed on. */
async function faultOf(manifest: URL): Promise<AddressFault> {
  if (location.protocol === 'https:' && manifest.protocol === 'http:') return 'insecure'
  if (navigator.onLine === false) return 'offline'
  // An answer that the page may not look into: somebody is there. Where the page is isolated the browser may refuse this one too.
  const isThere = await fetch(manifest, { mode: 'no-cors', credentials: 'omit' }).then(
    () => true,
    () => false,
  )
  return isThere ? 'refused' : 'unreachable'
}
