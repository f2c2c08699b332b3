import type { Endpoint } from 'comlink'

/** The side of a channel as node:worker_threads gives it, a Worker or its parentPort. */
interface NodePort {
  postMessage(message: unknown, transfer?: readonly never[]): void
  on(type: 'message', listener: (data: unknown) => void): unknown
  off(type: 'message', listener: (data: unknown) => void): unknown
}

type MessageListener = (event: { data: unknown }) => void

/** Lets Comlink, which expects the events of the web, speak over a Node port. */
export function nodeEndpoint(port: NodePort): Endpoint {
  const listeners = new Map<unknown, (data: unknown) => void>()
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer as never[] | undefined),
    addEventListener(_type, listener) {
      const receive = (data: unknown) => (listener as unknown as MessageListener)({ data })
      listeners.set(listener, receive)
      port.on('message', receive)
    },
    removeEventListener(_type, listener) {
      const receive = listeners.get(listener)
      if (receive) port.off('message', receive)
      listeners.delete(listener)
    },
  }
}
