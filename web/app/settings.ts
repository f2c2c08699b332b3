import { storedName } from './scope.ts'

/** Small things kept between visits and seen by all tabs, in localStorage. Where it is refused they last as long as the page. */
const forgetful = new Map<string, string>()

export function setting<T>(name: string, fallback: T): { get(): T; set(value: T): void; key: string } {
  const key = `picfind.${storedName(name)}`
  return {
    key,
    get() {
      try {
        const text = localStorage.getItem(key) ?? forgetful.get(key)
        return text === undefined ? fallback : (JSON.parse(text) as T)
      } catch {
        return fallback
      }
    },
    set(value) {
      const text = JSON.stringify(value)
      forgetful.set(key, text)
      try {
        localStorage.setItem(key, text)
      } catch {
        // Kept by `forgetful`.
      }
    },
  }
}
