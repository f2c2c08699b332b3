/** `stale`: what the bundle's manifest names is not there or not what it should be; fetch the manifest once more. */
export type QuickErrorCode = 'stale' | 'offline' | 'corrupt' | 'version'

export class QuickError extends Error {
  override readonly name = 'QuickError'
  readonly code: QuickErrorCode

  constructor(code: QuickErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
