/** Whether a library of a server is copied and searched here, or searched there. */
import { savesData } from './saves-data.ts'
import { setting } from './settings.ts'

/** Bytes of vectors that are copied without a word: a sixteenth of what the device tells of its memory in GiB, little where the person saves data. */
function copiedUnasked(): number {
  const { deviceMemory = 8 }: Navigator & { deviceMemory?: number } = navigator
  return savesData() ? 10e6 : (deviceMemory / 16) * 2 ** 30
}

/** Where the person wants libraries to be searched that can be searched here and on their server. */
const wanted = setting<Record<string, 'here' | 'there'>>('searched', {})

/** Of a library: how many bytes of vectors are copied rather than asking its server. */
export function mostCopied(name: string): number {
  const place = wanted.get()[name]
  if (place === undefined) return copiedUnasked()
  return place === 'here' ? Number.POSITIVE_INFINITY : 0
}

/** The other place; the query stays. */
export function wantSearched(name: string, place: 'here' | 'there'): void {
  wanted.set({ ...wanted.get(), [name]: place })
}
