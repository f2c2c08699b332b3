/** Brings the page to life: libraries, models, address, and what keeps them in step. */

import { prepare } from '../engine/browser.ts'
import { offerUnfinished } from './indexing.ts'
import { changes, findLibraries, followOtherTabs, sayError } from './libraries.ts'
import { findModels } from './models.ts'
import { followAddress, leaveMissingLibrary, libraryChanged } from './navigation.ts'
import { keepOffline } from './offline.ts'

export async function start(): Promise<void> {
  prepare()
  followOtherTabs(() => void leaveMissingLibrary())
  addEventListener('popstate', () => void followAddress())
  changes.addEventListener('change', event => void libraryChanged((event as CustomEvent<string>).detail))
  try {
    await Promise.all([findLibraries(), findModels()])
    await followAddress()
    await offerUnfinished()
  } catch (error) {
    sayError(error)
  }
  await keepOffline()
}
