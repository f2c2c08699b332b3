import { Option } from 'commander'
import { type Decoding, Library, PicfindError, type StoreDescription } from '../engine/node.ts'
import { requireModel } from './model-place.ts'
import { displayModelProgress } from './model-progress.ts'

export interface ModelOptions {
  model?: string
  acceptLicence?: boolean
  decoding?: Decoding
}

export const modelOption = () =>
  new Option(
    '-m, --model <id>',
    'a model id, or the path of a model.json (default: the library’s own, or picfind-mini)',
  )

export const licenceOption = () => new Option('--accept-licence', 'agree to the terms of a model that asks for it')

export const decodingOption = () =>
  new Option(
    '--decoding <how>',
    'how JPEGs are decoded: exact: whole; fine: smaller, at least 4 times the model’s size; fast: 2 times',
  )
    .choices(['exact', 'fine', 'fast'])
    .default('fine')

/** Opens a library, showing the download of model files that are not here yet. */
export async function openLibrary(
  store: StoreDescription,
  { model, acceptLicence, decoding }: ModelOptions,
): Promise<{ library: Library; endDownloads: () => void }> {
  if (model !== undefined) requireModel(model)
  const downloads = displayModelProgress()
  try {
    const onModelProgress = downloads.show
    const library = await Library.open({ store, model, acceptedLicence: acceptLicence, decoding, onModelProgress })
    return { library, endDownloads: downloads.end }
  } catch (error) {
    downloads.end()
    // At an address the library itself may not be there; a folder was seen to have one.
    throw withAdvice(error, model === undefined && store.kind === 'folder')
  }
}

/** Says which option helps; `ownModel`: what is not found may be a model of the caller's own. */
export function withAdvice(error: unknown, ownModel: boolean): unknown {
  if (!(error instanceof PicfindError)) return error
  const { code, message } = error
  if (code === 'licence') return new PicfindError(code, `${message} with --accept-licence`)
  if (code === 'not-found' && ownModel) {
    return new PicfindError(code, `${message} Was the library made with a model of your own? Name it with --model.`)
  }
  return error
}
