import { Library, type LibraryOptions, PicfindError } from '../engine/browser.ts'
import { HttpStore } from '../engine/store-http.ts'
import { tokenFor } from './tokens.ts'

/** The model that comes with the page; all others are downloaded. */
const pageModel = 'picfind-mini'

interface Descriptor {
  model?: { id: string; files: Record<string, string | string[]> }
}

/**
 * Opens a bundle on another site: with the page's model where it is of that, which can do most; else with the model the bundle brings,
 * which may know words only; else with one that is downloaded. `url`: its folder.
 */
export async function openBundle(options: LibraryOptions, url: URL): Promise<Library> {
  const isOwn = options.model === pageModel
  try {
    if (isOwn) return await Library.open(options)
  } catch (error) {
    // Another version of the model.
    if (!(error instanceof PicfindError) || error.code !== 'space') throw error
  }
  const model = await modelOf(url)
  if (!model) return Library.open(options)
  const assets = { ...options.assets, models: url.href, modelFiles: model.files }
  return Library.open({ ...options, model: model.id, assets })
}

/** undefined where the bundle has none, or is a library without more. Without a network it is what was seen last. */
async function modelOf(url: URL): Promise<Descriptor['model']> {
  const store = new HttpStore(url.href, { token: tokenFor(url.href) })
  const { bundle } = parse(await store.readManifest()) as { bundle?: { file: string } }
  if (!bundle) return undefined
  return (parse(await store.read(bundle.file)) as Descriptor).model
}

/** An empty object for what is not there, or no JSON. */
function parse(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return {}
  }
}
