import type { ErrorCode } from './types.ts'

/** What can go wrong, as a value with a code. The message names the file, what was expected, what was found and what to do. */
export class PicfindError extends Error {
  override readonly name = 'PicfindError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
