/** Has the service worker keep the page and the model that comes with it, so that both work without a network. */
import { reasonOf } from '../engine/browser.ts'
import { openLibrary, starter } from './libraries.ts'
import { shippedFiles } from './models.ts'
import { savesData } from './saves-data.ts'
import { state, update } from './state.ts'

export async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  try {
    await navigator.serviceWorker.register('service-worker.js')
    const { active } = await navigator.serviceWorker.ready
    if (!active || savesData()) return
    await kept(active, ['libraries.json', ...shippedFiles()])
    if (state().library === starter.name) await (await openLibrary())?.keep()
    update({ offline: true })
  } catch (error) {
    // The page works as well, as long as there is a network.
    console.info(`Picfind is not kept for offline use: ${reasonOf(error)}`)
  }
}

function kept(worker: ServiceWorker, files: string[]): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<{ failed?: string }>) =>
      data.failed === undefined ? resolve() : reject(new Error(data.failed))
    worker.postMessage({ keep: files.map(file => new URL(file, document.baseURI).href) }, [port2])
  })
}
