/**
 * Defines `<picfind-search>` with the code that a bundle's manifest names. This file is what browsers keep for years: of the manifest it
 * reads `bundle.code`, the sha256 of the `element.js` that it imports, and nothing else, so that it can start any later bundle.
 */
import { checkModule } from './checked-module.ts'

const tag = 'picfind-search'

type Trouble = 'unreachable' | 'missing' | 'updating'

/** What a visitor is told where the search cannot be started. */
const sentences: Record<string, Record<Trouble, string>> = {
  en: {
    unreachable: 'Picture search cannot be loaded. Check the connection, then reload the page.',
    missing: 'Picture search is not here, or it is newer than this page. Reload the page.',
    updating: 'Picture search is being updated. Reload the page in a moment.',
  },
  zh: {
    unreachable: '无法载入图片搜索。请检查网络连接，然后刷新页面。',
    missing: '此处没有图片搜索，或其版本比本页面新。请刷新页面。',
    updating: '图片搜索正在更新。请稍后刷新页面。',
  },
}

/** `base`: the bundle's folder, an address that ends in a slash. Failing is no error here: the element says what is wrong in its place. */
export async function loadSearch(base: URL): Promise<void> {
  if (customElements.get(tag)) return
  const trouble = await start(base)
  if (trouble && !customElements.get(tag)) customElements.define(tag, unavailable(trouble))
}

async function start(base: URL): Promise<Trouble | undefined> {
  let tried: string | undefined
  for (const cache of ['no-cache', 'reload'] as const) {
    const manifest = await fetchManifest(base, cache)
    if (!manifest) return 'unreachable'
    const code = await codeIn(manifest)
    if (code === undefined) return 'missing'
    // A module that could not be loaded is not asked for again by the browser.
    if (code === tried) break
    tried = code
    try {
      const element = new URL(`code/${code}/element.js`, base).href
      await checkModule(element, code)
      await import(/* @vite-ignore */ /* webpackIgnore: true */ element)
      return undefined
    } catch (error) {
      console.warn('Picfind', error)
    }
  }
  return 'updating'
}

/** Without a connection the manifest the browser has kept, with the code it names, is as good as any. */
function fetchManifest(base: URL, cache: RequestCache): Promise<Response | undefined> {
  const url = new URL('manifest.json', base)
  return fetch(url, { cache })
    .catch(() => fetch(url, { cache: 'force-cache' }))
    .catch(() => undefined)
}

async function codeIn(manifest: Response): Promise<string | undefined> {
  const content = manifest.ok ? await manifest.json().catch(() => undefined) : undefined
  const code: unknown = content?.bundle?.code
  return typeof code === 'string' && /^[0-9a-f]{64}$/.test(code) ? code : undefined
}

function unavailable(trouble: Trouble): typeof HTMLElement {
  return class extends HTMLElement {
    connectedCallback(): void {
      const language = (this.getAttribute('language') || document.documentElement.lang).slice(0, 2)
      const line = document.createElement('p')
      line.setAttribute('part', 'notice')
      line.setAttribute('role', 'status')
      line.textContent = (sentences[language] ?? sentences.en)?.[trouble] ?? ''
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
      root.replaceChildren(line)
    }
  }
}
