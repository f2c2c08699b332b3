/** Tokens that servers have asked for, kept by the origin they are for and shown to no other. */
import { setting } from './settings.ts'

const kept = setting<Record<string, string>>('tokens', {})

const originOf = (url: string) => new URL(url, document.baseURI).origin

export function tokenFor(url: string): string | undefined {
  return kept.get()[originOf(url)]
}

export function keepToken(url: string, token: string): void {
  kept.set({ ...kept.get(), [originOf(url)]: token })
}

export function forgetToken(url: string): void {
  const { [originOf(url)]: _, ...others } = kept.get()
  kept.set(others)
}

/** What goes with a request to a server whose token is kept. */
export function authorization(url: string): Record<string, string> {
  const token = tokenFor(url)
  return token === undefined ? {} : { Authorization: `Bearer ${token}` }
}
