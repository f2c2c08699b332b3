/** Brings the page to life: libraries, models, address, and what keeps them in step. */
import { offerUnfinished } from './indexing.ts'
import { offerInstalling } from './installing.ts'
import { changes, findLibraries, followOtherTabs, sayError } from './libraries.ts'
import { findModels } from './models.ts'
import { followAddress, leaveMissingLibrary, libraryChanged, wantedLibrary } from './navigation.ts'
import { keepOffline } from './offline.ts'

export async function start(): Promise<void> {
  offerInstalling()
  followOtherTabs(() => void leaveMissingLibrary())
  addEventListener('popstate', () => void followAddress())
  changes.addEventListener('change', event => void libraryChanged((event as CustomEvent<string>).detail))
  try {
    await findLibraries(wantedLibrary())
    await followAddress()
    // The first answer does without the manifests of all models.
    await findModels()
    await offerUnfinished()
  } catch (error) {
    sayError(error)
  }
  await keepOffline()
}
