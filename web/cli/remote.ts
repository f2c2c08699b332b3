import { Option } from 'commander'
import { loadCore } from '../engine/core-loader.ts'
import { LibraryReader } from '../engine/reader.ts'
import type { Store } from '../engine/store.ts'
import { usageError } from './exit.ts'
import { coreAddress } from './places.ts'

export const tokenOption = () =>
  new Option('--token <token>', 'for a server that asks for one; the variable keeps it out of lists of processes').env(
    'PICFIND_TOKEN',
  )

/** Address of a library on a server, as a person gives it. */
export function requireAddress(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text
  throw usageError(`${text} is no address; give one like https://host/v1/libraries/NAME`)
}

export const core = () => loadCore({ core: coreAddress, models: '' })

/** Opens a library without its model, for work on its files. */
export async function openReader(store: Store): Promise<LibraryReader> {
  const reader = new LibraryReader(await core(), store, () => {})
  try {
    await reader.refresh()
    await reader.holdLookups()
    return reader
  } catch (error) {
    await reader.close()
    throw error
  }
}
