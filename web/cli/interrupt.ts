import { exitCode } from './exit.ts'

/** Aborted by Ctrl-C or a request to end; a second one ends at once. */
export function interruptible(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode.interrupted)
      controller.abort()
    })
  }
  return controller.signal
}
