/** Stands for the site's own address where that is not known. */
const unknownSite = 'https://site.invalid/'

/** The relative address of a path, every part encoded. */
export function urlOfPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** The address of a page inside its site: a folder for its index.html. */
export function pageUrl(path: string): string {
  const short = path.replace(/(^|\/)index\.html?$/i, '$1')
  return short === '' ? './' : urlOfPath(short)
}

function parseUrl(url: string, from: string): URL | undefined {
  try {
    return new URL(url, from)
  } catch {
    return undefined
  }
}

/** The path of a relative address inside a site, as a record spells paths. A percent sign that begins no escape is one. */
export function pathOfUrl(pathname: string): string {
  const decoded = pathname.replaceAll(/(?:%[0-9a-f]{2})+/gi, escapes => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
  return decoded.normalize('NFC')
}

/** Where a site is, as far as is known: addresses that begin with one of these are files of the site. */
export class SiteAddresses {
  readonly #prefixes: string[] = []
  readonly #has: (path: string) => boolean
  /** Of the page last asked about. */
  #starts: { key: string; starts: string[] } = { key: '', starts: [] }
  /** Folders that root-relative addresses begin with and the site does not have, by how many they would explain. */
  readonly #subPaths = new Map<string, number>()

  /** `prefixes`: such as `https://cdn.example.com/` or `/blog/`; `has`: whether the site has a file. */
  constructor(prefixes: string[], has: (path: string) => boolean) {
    this.#has = has
    for (const prefix of prefixes) this.#add(new URL(prefix, unknownSite).href)
  }

  /** Learns from what a page calls its own address: without the page's path it is that of the site. */
  learn(page: string, canonical: string): void {
    if (!URL.canParse(canonical)) return
    const { origin, pathname } = new URL(canonical)
    const own = pathOfUrl(pathname)
    const spellings = [page, page.replace(/(^|\/)index\.html?$/i, '$1'), page.replace(/\.html?$/i, '')]
    const found = spellings.find(spelling => own.endsWith(`/${spelling}`))
    if (found !== undefined) this.#add(origin + urlOfPath(own.slice(0, own.length - found.length)))
  }

  /** Notes an address that leads nowhere: perhaps the site is to be served under a path that its files do not show. */
  noteLost(url: string): void {
    const path = url.startsWith('/') && !url.startsWith('//') ? this.#pathOf(url, unknownSite) : undefined
    const parts = path?.split('/') ?? []
    for (let n = 1; n < parts.length; n++) {
      if (!this.#has(parts.slice(n).join('/'))) continue
      const subPath = `/${parts.slice(0, n).map(encodeURIComponent).join('/')}/`
      this.#subPaths.set(subPath, (this.#subPaths.get(subPath) ?? 0) + 1)
      return
    }
  }

  /** Takes the path that explains most of the addresses that led nowhere. */
  settleSubPath(): void {
    const [best] = [...this.#subPaths].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    if (best) this.#add(new URL(best[0], unknownSite).href)
  }

  /** The file that an address on a page means; undefined for one of elsewhere, or one that is not there. */
  find(url: string, page: string, base: string | undefined): string | undefined {
    for (const from of this.#startsOf(page, base)) {
      const path = this.#pathOf(url, from)
      if (path !== undefined && this.#has(path)) return path
    }
    return undefined
  }

  /** What relative addresses of a page are relative to, wherever the site may be. Asked for once for each address of a page. */
  #startsOf(page: string, base: string | undefined): string[] {
    const key = `${page}\0${base}\0${this.#prefixes.length}`
    if (this.#starts.key !== key) {
      const starts = [unknownSite, ...this.#prefixes].map(site => {
        const own = site + urlOfPath(page)
        return base !== undefined && URL.canParse(base, own) ? new URL(base, own).href : own
      })
      this.#starts = { key, starts }
    }
    return this.#starts.starts
  }

  #add(prefix: string): void {
    const folder = prefix.endsWith('/') ? prefix : `${prefix}/`
    if (!this.#prefixes.includes(folder)) this.#prefixes.push(folder)
  }

  #pathOf(url: string, from: string): string | undefined {
    const parsed = parseUrl(url, from)
    if (!parsed) return undefined
    const { origin, pathname } = parsed
    const address = origin + pathname
    const paths = [...this.#prefixes, unknownSite]
      .filter(prefix => address.startsWith(prefix))
      .map(prefix => pathOfUrl(address.slice(prefix.length)))
    return paths.find(path => this.#has(path)) ?? paths[0]
  }
}
