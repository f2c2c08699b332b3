/** The modules that are loaded later, each only if it is the one that was built with this element. */
import { checkModule } from './checked-module.ts'
import { Trouble } from './trouble.ts'

/** File and sha256 by name: filled in by the build (vite.config.ts). As `code/<hash>/` is named by element.js, it vouches for them all. */
declare const __PICFIND_OWN_MODULES__: Record<string, { file: string; sha256: string }>

/** Throws Trouble. */
async function checked<T>(name: string, load: () => Promise<T>): Promise<T> {
  const { file, sha256 } = __PICFIND_OWN_MODULES__[name]!
  await checkModule(new URL(/* @vite-ignore */ file, import.meta.url).href, sha256).catch(error => {
    throw new Trouble('stale', error.message, { cause: error })
  })
  return load()
}

export const loadQuick = () => checked('quick', () => import('../quick/quick.ts'))
export const loadFullSize = () => checked('full-size', () => import('./full-size.ts'))
export const loadFullSearch = () => checked('full-search', () => import('./full-search.ts'))
