import { PicfindError } from './errors.ts'

/**
 * The core names the space of a library it refuses; this adds the model that is not of it, and what to do. `model`: as it was asked
 * for; undefined where the library's own was taken.
 */
export function explainSpace(error: unknown, model: string | undefined): unknown {
  if (!(error instanceof PicfindError && error.code === 'space')) return error
  const found =
    model === undefined ? 'The model of that name is another version here' : `The model in use is "${model}"`
  const advice = 'open the library with the model it was made with, or index its pictures again into another one.'
  return new PicfindError('space', `${error.message} ${found}: ${advice}`, { cause: error })
}
