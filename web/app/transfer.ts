/** Libraries out of this browser and into it, as zips and folders. The work is done by a worker of its own, which ends with it. */
import { proxy, wrap } from 'comlink'
import { PicfindError, removeStored } from '../engine/browser.ts'
import { type ModelManifest, shippedModels } from '../engine/models.ts'
import { carryErrors } from '../engine/workers/carry-errors.ts'
import type { BundleOrigin } from '../transfer/bundle-files.ts'
import { folderName } from '../transfer/folder-name.ts'
import type { TransferWorker } from '../transfer/protocol.ts'
import { assets } from './assets.ts'
import { forgetLibrary, freeName, importing, isStoreless, library, makeLibrary, sayError } from './libraries.ts'
import { goToLibrary } from './navigation.ts'
import { directoryPicker, pickFiles } from './picking.ts'
import { storedName } from './scope.ts'
import { save } from './selection.ts'
import { say, state, type Transfer, update } from './state.ts'
import { words } from './words/words.ts'

type Service = Pick<TransferWorker, 'inspect' | 'importBundle' | 'exportBundle'>

/** Runs `work` with a worker that ends with it, or before it when the person has had enough: then an AbortError is thrown. */
async function transfer<T>(
  subject: Pick<Transfer, 'kind' | 'library'>,
  work: (service: Service, onStep: (done: number, of: number) => void) => Promise<T>,
): Promise<T> {
  carryErrors()
  const worker = new Worker(new URL('../transfer/transfer.worker.ts', import.meta.url), {
    type: 'module',
    name: 'transfer',
  })
  let cancel = () => {}
  const ended = new Promise<never>((_, reject) => {
    cancel = () => reject(new DOMException('Cancelled', 'AbortError'))
    worker.onerror = event => reject(new Error(event.message || 'the worker could not be started'))
  })
  update({ panel: { kind: 'transfer' }, transfer: { ...subject, done: 0, of: 0, cancel } })
  const onStep = proxy((done: number, of: number) => {
    if (state().transfer?.cancel === cancel) update({ transfer: { ...subject, done, of, cancel } })
  })
  try {
    return await Promise.race([work(wrap<TransferWorker>(worker), onStep), ended])
  } finally {
    worker.terminate()
    update({ transfer: undefined, panel: state().panel?.kind === 'transfer' ? undefined : state().panel })
  }
}

export function pickZip(): void {
  pickFiles('zip', ([file]) => file && void importBundle({ kind: 'zip', file }))
}

export async function pickBundleFolder(): Promise<void> {
  const picker = directoryPicker()
  if (!picker) {
    return pickFiles('folder', files => {
      const name = files[0]?.webkitRelativePath.split('/')[0] ?? ''
      void importBundle({ kind: 'files', name, files: files.map(file => ({ path: file.webkitRelativePath, file })) })
    })
  }
  try {
    await importBundle({ kind: 'directory', handle: await picker({ id: 'bundles', mode: 'read' }) })
  } catch (error) {
    sayError(error)
  }
}

/** Makes a library of a bundle and opens it. What goes wrong is said, and then nothing of it is there. */
export async function importBundle(origin: BundleOrigin): Promise<void> {
  if (isStoreless()) return void say(words.transferStoreless, 'warning')
  const name = freeName(titleOf(origin))
  try {
    const { space } = await transfer({ kind: 'import', library: name }, service => service.inspect(origin))
    if (!shippedModels.some(id => id === space)) throw new PicfindError('space', words.importModel(space))
    const model = modelWithTerms(space)
    if (!model) return await importAs(name, space, origin)
    const question = words.importTerms(model.name, model.licence.name)
    const run = () => importAs(name, space, origin)
    update({ panel: { kind: 'confirm', question, confirm: words.importAccept, run } })
  } catch (error) {
    sayError(error)
  }
}

/** The model, if it is one whose terms are to be accepted and have not been for another library. */
function modelWithTerms(id: string): ModelManifest | undefined {
  const model = state().models.find(model => model.id === id)
  const isAccepted = state().libraries.some(entry => !entry.url && entry.model === id)
  return model?.licence.commercial === false && !isAccepted ? model : undefined
}

async function importAs(name: string, model: string, origin: BundleOrigin): Promise<void> {
  // Whatever ends this page before it is done, the next visit finds the name here and clears up.
  importing.set([...importing.get(), name])
  try {
    await transfer({ kind: 'import', library: name }, (service, onStep) =>
      service.importBundle(origin, storedName(name), assets, onStep),
    )
    makeLibrary(name, model)
    // The model here may be another version than the one it was made with.
    await library(name)
  } catch (error) {
    // A worker that was ended lets go of it a little later.
    await removeStored(storedName(name), 'wait').catch(() => undefined)
    forgetLibrary(name)
    sayError(error)
    return
  } finally {
    importing.set(importing.get().filter(other => other !== name))
  }
  await goToLibrary(name)
  say(words.imported(name))
}

function titleOf(origin: BundleOrigin): string {
  if (origin.kind === 'zip') return origin.file.name.replace(/\.zip$/i, '')
  return origin.kind === 'directory' ? origin.handle.name : origin.name
}

/** What is dropped is a bundle if it is a zip, or a folder with the manifest of a library in it. */
export async function bundleIn(
  dropped: File | FileSystemDirectoryHandle | undefined,
): Promise<BundleOrigin | undefined> {
  if (!dropped) return undefined
  if (dropped instanceof File) return /\.zip$/i.test(dropped.name) ? { kind: 'zip', file: dropped } : undefined
  const manifest = await dropped.getFileHandle('manifest.json').catch(() => undefined)
  const text = await (await manifest?.getFile())?.text()
  return text?.includes('"segments":') ? { kind: 'directory', handle: dropped } : undefined
}

export interface Export {
  library: string
  /** Where the folders of its pictures are, as seen from the bundle; undefined for a copy. */
  originals: string | undefined
}

export async function exportZip(wanted: Export): Promise<void> {
  await exportInto(wanted, undefined)
}

/** From a click: the browser asks for a folder and whether the page may write there. */
export async function exportFolder(wanted: Export): Promise<void> {
  try {
    const into = await directoryPicker()?.({ id: 'bundles', mode: 'readwrite' })
    if (into) await exportInto(wanted, into)
  } catch (error) {
    sayError(error)
  }
}

async function exportInto({ library, originals }: Export, into: FileSystemDirectoryHandle | undefined): Promise<void> {
  const site = originals === undefined ? undefined : { page: document.baseURI, originals }
  const request = { store: storedName(library), title: library, into, site }
  try {
    const made = await transfer({ kind: 'export', library }, (service, onStep) =>
      service.exportBundle(request, assets, onStep),
    )
    if (typeof made === 'string') say(words.exportedFolder(made))
    else save(made, `${folderName(library)}.zip`)
  } catch (error) {
    sayError(error)
  }
}
