import { expose } from 'comlink'

/** Answers on the port that the page sends which has started this worker: whoever asks is at its other end. */
export function exposeOnPort(service: object): void {
  const connect = ({ data }: MessageEvent<MessagePort>) => expose(service, data)
  addEventListener('message', connect, { once: true })
}
