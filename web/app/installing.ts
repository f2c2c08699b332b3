/** Installing the page as an app, where the browser lets a page ask for it (Chromium does; others have it in their menus). */
import { update } from './state.ts'

/** lib.dom does not have it. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<unknown>
}

export function offerInstalling(): void {
  addEventListener('beforeinstallprompt', event => {
    event.preventDefault()
    const install = async () => {
      // A prompt can be shown once; the browser offers another where the person has said no.
      update({ install: undefined })
      await (event as BeforeInstallPromptEvent).prompt()
    }
    update({ install })
  })
  addEventListener('appinstalled', () => update({ install: undefined }))
}
