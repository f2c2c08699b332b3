import { CommanderError } from 'commander'
import { PicfindError, reasonOf } from '../engine/errors.ts'

export const exitCode = { ok: 0, failed: 1, usage: 2, someSkipped: 3, interrupted: 130 } as const

/** The caller's arguments are wrong: exit 2. */
export function usageError(message: string): PicfindError {
  return new PicfindError('usage', message)
}

/** Says in one line on stderr what went wrong and returns the exit code for it. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has written its own line, or the help that was asked for.
    return error.exitCode === 0 ? exitCode.ok : exitCode.usage
  }
  console.error(`picfind: ${reasonOf(error).replaceAll(/\s*\n\s*/g, ' ')}`)
  return error instanceof PicfindError && error.code === 'usage' ? exitCode.usage : exitCode.failed
}
