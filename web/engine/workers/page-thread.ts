/** What the page needs to start a thread: the address of its script, and the port that stands for the thread's creator. */
export interface ThreadRequest {
  script: string
  port: MessagePort
}

/** In place of `Worker`, as far as ONNX Runtime's threads need it: the page starts the thread, and ends it with the worker that wants it. */
class PageThread {
  onmessage: ((event: MessageEvent) => void) | null = null
  onerror: ((event: ErrorEvent) => void) | null = null
  readonly #port: MessagePort

  constructor(script: URL | string) {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = event => this.onmessage?.(event)
    this.#port = port1
    const request: ThreadRequest = { script: String(script), port: port2 }
    postMessage(request, { transfer: [port2] })
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  terminate(): void {
    this.#port.close()
  }
}

/** Has the page start the threads of this worker. */
export function askPageForThreads(): void {
  Object.assign(globalThis, { Worker: PageThread })
}
