/** Why a bundle cannot answer; each has a sentence in words/. */
export type TroubleCode =
  | 'unreachable' // no connection, and nothing kept
  | 'missing' // no bundle at that address: another page answers, or none
  | 'newer' // a format of a later Picfind
  | 'stale' // its files are not those its newest manifest names: it is being published right now, or was damaged
  | 'full' // full search could not be loaded
  | 'picture' // a picture that cannot be searched by

export class Trouble extends Error {
  override readonly name = 'Trouble'
  readonly code: TroubleCode

  constructor(code: TroubleCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What was thrown, as trouble: quick's reader has codes of its own. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  const { code } = Object(error) as { code?: unknown }
  const own = code === 'version' ? 'newer' : isStale(error) ? 'stale' : 'unreachable'
  return new Trouble(own, 'The search failed.', { cause: error })
}

/** What quick's reader and the engine throw where a file is gone or is not what it is named for. */
export function isStale(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown }
  return code === 'stale' || code === 'not-found' || code === 'corrupt'
}
