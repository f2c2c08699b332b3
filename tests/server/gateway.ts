/** A way to a server that can be cut and mended, and that keeps count of what goes through it. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Passed {
  path: string
  status: number
  /** Of the body. */
  bytes: number
  isWhole: boolean
}

export class Gateway {
  /** Requests that were answered, wholly or in part, and are over. */
  readonly passed: Passed[] = []
  /** Streams of events that are open. */
  streams = 0
  /** Connections that were turned away. */
  refused = 0
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false
  #cutsAfter: { matching: RegExp; left: number } | undefined

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, outgoing) => {
      const { hostname, port } = this.#target
      const path = incoming.url ?? '/'
      const isStream = path.endsWith('/events')
      const { headers, method } = incoming
      const onward = request({ hostname, port, path, method, headers }, answer => {
        if (isStream) this.streams++
        const passed = { path, status: answer.statusCode ?? 0, bytes: 0, isWhole: false }
        outgoing.writeHead(passed.status, answer.headers)
        answer.on('data', (part: Buffer) => {
          passed.bytes += part.length
        })
        outgoing.on('close', () => {
          if (isStream) this.streams--
          passed.isWhole = outgoing.writableFinished
          this.passed.push(passed)
          onward.destroy()
          this.#count(passed)
        })
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      incoming.pipe(onward)
    })
    this.#server.on('connection', socket => {
      if (this.#isCut) {
        this.refused++
        socket.destroy()
        return
      }
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => undefined)
    })
  }

  static async start(target: string): Promise<Gateway> {
    const gateway = new Gateway(target)
    await new Promise<void>(resolve => gateway.#server.listen(0, '127.0.0.1', resolve))
    return gateway
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://localhost:${this.port}/`
  }

  /** Files of the library that went through whole. */
  files(): Passed[] {
    return this.passed.filter(({ path, status, isWhole }) => /\/[0-9a-f]{64}$/.test(path) && status === 200 && isWhole)
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Cuts once so many answers of matching paths went through whole. */
  cutAfter(answers: number, matching: RegExp): void {
    this.#cutsAfter = { matching, left: answers }
  }

  mend(): void {
    this.#isCut = false
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #count({ path, isWhole }: Passed): void {
    if (!isWhole || !this.#cutsAfter?.matching.test(path)) return
    this.#cutsAfter.left--
    if (this.#cutsAfter.left > 0) return
    this.#cutsAfter = undefined
    this.cut()
  }
}
