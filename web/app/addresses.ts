/** Opening bundles on other sites by their addresses. */
import { AddressError, findBundle } from '../transfer/remote-head.ts'
import { addBundle, library, reasonOfError, removeLibrary } from './libraries.ts'
import { goToLibrary } from './navigation.ts'
import { savesData } from './saves-data.ts'
import { say, update } from './state.ts'
import { authorization } from './tokens.ts'
import { words } from './words/words.ts'

/** Opens the bundle; gives a sentence that says what is wrong and what to do if that cannot be. */
export async function openAddress(address: string): Promise<string | undefined> {
  try {
    const { url, head } = await findBundle(address.trim(), authorization)
    const name = addBundle(url, head.space)
    try {
      const opened = await library(name)
      await goToLibrary(name)
      // What is not kept now is kept when it is looked at.
      if (!savesData()) void opened.keep().catch(() => undefined)
    } catch (error) {
      await removeLibrary(name)
      throw error
    }
    return undefined
  } catch (error) {
    if (error instanceof AddressError && error.fault === 'token') {
      const retry = async () => {
        const fault = await openAddress(address)
        if (fault !== undefined) say(fault, 'warning')
      }
      update({ panel: { kind: 'token', url: error.address, retry } })
    }
    return error instanceof AddressError ? words.addressFault(error.fault, error.address) : reasonOfError(error)
  }
}
