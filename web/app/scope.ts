/** Several Picfinds may share an origin, and with it all that the browser stores: each keeps its own under the path of its page. */
const path = new URL('.', document.baseURI).pathname
/** No path ends so: one Picfind may lie inside the other's path. */
const prefix = path === '/' ? '' : `${path}:`

/** What something of this Picfind is called in the browser's stores. */
export function storedName(name: string): string {
  return prefix + name
}

/** The name that is stored as `stored`; undefined if it is another Picfind's. */
export function ownName(stored: string): string | undefined {
  const own = prefix === '' ? !stored.startsWith('/') : stored.startsWith(prefix)
  return own ? stored.slice(prefix.length) : undefined
}
