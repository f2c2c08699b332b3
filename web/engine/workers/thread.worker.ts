import type { ThreadRequest } from './page-thread.ts'

/** Runs the script of a thread, which speaks to whoever created it as a worker does, over a port. */
async function run({ data: { script, port } }: MessageEvent<ThreadRequest>): Promise<void> {
  Object.assign(globalThis, { postMessage: port.postMessage.bind(port) })
  await import(/* @vite-ignore */ script)
  port.onmessage = event => globalThis.onmessage?.call(globalThis as never, event)
}

// Else nobody hears of a script that cannot be loaded: an error of a worker is one that nothing has caught.
addEventListener('message', (event: MessageEvent<ThreadRequest>) => void run(event).catch(reportError), { once: true })
