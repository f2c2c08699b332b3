/** The models that come with the page, and starting a library with one of them. */
import { filesOf, type ModelManifest, parseManifest, shippedModels } from '../engine/models.ts'
import { makeLibrary } from './libraries.ts'
import { goToLibrary } from './navigation.ts'
import { state, update } from './state.ts'

/** A manifest that is not there or not valid is left out: the models that are can be used. */
export async function findModels(): Promise<void> {
  const models = await Promise.all(shippedModels.map(id => readModel(id).catch(() => undefined)))
  update({ models: models.filter(model => model !== undefined) })
}

async function readModel(id: string): Promise<ModelManifest> {
  const url = manifestOf(id)
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return parseManifest(await response.text(), url)
}

export function modelInUse(): ModelManifest | undefined {
  const { models, info } = state()
  return models.find(model => model.id === info?.model)
}

/** Bytes to download; 0 for a model that comes with the page, undefined where a size is not published. */
export function downloadSize(model: ModelManifest): number | undefined {
  const sizes = filesOf(model).flatMap(file => (file.url === undefined ? [] : [file.bytes]))
  return sizes.includes(null) ? undefined : sizes.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0)
}

/** Addresses of all that comes with the page: every model's manifest, and the files of the one that needs no download. */
export function shippedFiles(): string[] {
  return state().models.flatMap(model => [
    manifestOf(model.id),
    ...filesOf(model).flatMap(({ path }) => (path === undefined ? [] : [`models/${model.id}/${path}`])),
  ])
}

const manifestOf = (id: string) => `models/${id}/model.json`

/** A new library named after the model, opened; its towers are downloaded as they are needed. */
export async function startLibraryWith(model: ModelManifest): Promise<void> {
  const names = new Set(state().libraries.map(({ name }) => name))
  let name = model.name
  for (let n = 2; names.has(name); n++) name = `${model.name} ${n}`
  makeLibrary(name, model.id)
  await goToLibrary(name)
}
