import { leadAmongTabs } from './tab-leader.ts'

/** Milliseconds between two attempts to connect, from and to; and without any word, heartbeats included, before a connection is given up. */
const soonest = 500
const latest = 30_000
const silence = 45_000

export interface EventsOptions {
  headers: () => Record<string, string>
  /** There may be another manifest: one was told of, or some may have been while there was no connection. */
  onNews: () => void
  /** The server does not let this client listen any more: 401, 403, or 404 where it tells of nothing. */
  onRefused: (status: number) => void
}

/**
 * Hears of each manifest that a server publishes. One tab of the origin listens, by fetch, for only that can carry a token in a header, and
 * tells the others: browsers allow few connections to a host.
 */
export class LiveEvents {
  readonly #url: string
  readonly #options: EventsOptions
  readonly #channel: BroadcastChannel
  readonly #stop: () => void
  /** Of the manifest that was told of last. */
  #seen: string | undefined

  constructor(url: string, options: EventsOptions) {
    this.#url = url
    this.#options = options
    this.#channel = new BroadcastChannel(`picfind-news:${url}`)
    this.#channel.onmessage = () => options.onNews()
    this.#stop = leadAmongTabs(`picfind-listens:${url}`, signal => this.#listen(signal))
    // What was told between the reading of the manifest and now.
    options.onNews()
  }

  close(): void {
    this.#stop()
    this.#channel.close()
  }

  /** Until it is aborted, or the server refuses. */
  async #listen(signal: AbortSignal): Promise<void> {
    let wait = soonest
    while (!signal.aborted) {
      const connected = await this.#connect(signal)
      if (connected === 'refused') return
      wait = connected ? soonest : Math.min(latest, wait * 2)
      await pause(wait * (0.5 + Math.random() / 2), signal)
    }
  }

  /** Whether there was a connection, which is lost now. */
  async #connect(signal: AbortSignal): Promise<boolean | 'refused'> {
    const silent = new AbortController()
    let timer = setTimeout(() => silent.abort(), silence)
    let isConnected = false
    try {
      const headers = { ...this.#options.headers(), ...(this.#seen !== undefined && { 'Last-Event-ID': this.#seen }) }
      const ended = AbortSignal.any([signal, silent.signal])
      const response = await fetch(this.#url, { headers, cache: 'no-store', signal: ended })
      if ([401, 403, 404].includes(response.status)) {
        this.#options.onRefused(response.status)
        return 'refused'
      }
      // Its history was lost: what was seen of it means nothing any more.
      if (response.status === 409) this.#seen = undefined
      if (!response.ok || !response.body) return false
      isConnected = true
      // A copy that was being brought up to date when the last connection broke goes on now.
      if (this.#seen !== undefined) this.#tell()
      let rest = ''
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(timer)
        timer = setTimeout(() => silent.abort(), silence)
        const messages = (rest + read.value).split('\n\n')
        rest = messages.pop() ?? ''
        for (const message of messages) this.#hear(message)
      }
      return true
    } catch {
      return isConnected
    } finally {
      clearTimeout(timer)
    }
  }

  #hear(message: string): void {
    const id = /^id: ?(.*)$/m.exec(message)?.[1]
    if (id === undefined || id === this.#seen) return
    this.#seen = id
    this.#tell()
  }

  #tell(): void {
    this.#options.onNews()
    this.#channel.postMessage('news')
  }
}

/** Ends early when the device comes back to a network. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}
