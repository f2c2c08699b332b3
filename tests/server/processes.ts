/** Real programs for tests of the server: Redis and picfind-server, each on a free port, ended with the test. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createClient } from 'redis'
import { checkout, temporaryFolder } from '../web/picfind-process.ts'

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Flags of a server that whoever comes may write to. */
export const everyoneWrites = ['--tokens', join(import.meta.dirname, 'everyone-writes.tokens')]

export const serverProgram = join(checkout, 'build', 'picfind-server')

const exited = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise<void>(resolve => child.once('exit', () => resolve()))

/** A Redis server: what starts it, and options on top of those that every test needs. */
export interface RedisProgram {
  command?: string
  /** With tls-cert-file it speaks TLS only. */
  options?: Record<string, string>
  /** Options that may be given several times. */
  repeated?: (readonly [string, string])[]
}

export class RunningRedis {
  readonly port: number
  readonly #command: string
  readonly #folder = temporaryFolder()
  readonly #options: Record<string, string>
  readonly #repeated: (readonly [string, string])[]
  #child: ChildProcess | undefined
  #lines: Interface | undefined

  private constructor(port: number, { command = 'redis-server', options = {}, repeated = [] }: RedisProgram) {
    this.port = port
    this.#command = command
    this.#options = options
    this.#repeated = repeated
  }

  static async start(program: RedisProgram = {}): Promise<RunningRedis> {
    const redis = new RunningRedis(await freePort(), program)
    await redis.restart()
    return redis
  }

  get url(): string {
    return `${this.#isTls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}/0`
  }

  get #isTls(): boolean {
    return 'tls-cert-file' in this.#options
  }

  /** With what it had, where it was asked to save. */
  async restart(): Promise<void> {
    const ports = this.#isTls ? { port: 0, 'tls-port': this.port } : { port: this.port }
    const common = { ...ports, dir: this.#folder.path, save: '', 'notify-keyspace-events': 'KEA' }
    const all = [...Object.entries({ ...common, ...this.#options }), ...this.#repeated]
    const args = all.flatMap(([name, value]) => [`--${name}`, String(value)])
    const child = spawn(this.#command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    this.#lines = createInterface(child.stdout)
    await this.logs('Ready to accept connections')
  }

  /** Waits for a line that says this. */
  async logs(what: string): Promise<void> {
    const said: string[] = []
    await new Promise<void>((resolve, reject) => {
      this.#lines?.on('line', line => {
        said.push(line)
        if (line.includes(what)) resolve()
      })
      this.#lines?.once('close', () =>
        reject(new Error(`Redis ended: expected "${what}" of it, found ${said.join('; ')}`)),
      )
    })
  }

  async client() {
    const tls = this.#isTls
      ? { socket: { tls: true as const, ca: readFileSync(this.#options['tls-ca-cert-file']!) } }
      : {}
    const client = createClient({ url: this.url, ...tls })
    await client.connect()
    return client
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    if (this.#child) await exited(this.#child)
  }

  async stop(): Promise<void> {
    await this.kill()
    this.#folder.remove()
  }
}

export type RedisClient = Awaited<ReturnType<RunningRedis['client']>>

export interface LogLine {
  level: string
  what: string
  [fact: string]: unknown
}

export interface ManifestEvent {
  epoch: string
  sequence: number
  sha256: string
}

export const bearer = (token?: string): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {})

export class RunningServer {
  readonly log: LogLine[] = []
  readonly cache: ReturnType<typeof temporaryFolder>
  readonly #child: ChildProcess
  readonly #name: string
  readonly #waiting = new Set<() => void>()

  private constructor(
    child: ChildProcessByStdio<null, null, Readable>,
    cache: ReturnType<typeof temporaryFolder>,
    name: string,
  ) {
    this.#child = child
    this.cache = cache
    this.#name = name
    const wake = () => {
      for (const one of this.#waiting) one()
    }
    createInterface(child.stderr).on('line', line => {
      this.log.push(JSON.parse(line) as LogLine)
      wake()
    })
    child.on('exit', wake)
  }

  /** `args`: in place of or on top of those that every test needs. */
  static async start(
    redis: RunningRedis,
    args: string[] = [],
    env: Record<string, string> = {},
  ): Promise<RunningServer> {
    const cache = temporaryFolder()
    const usual = {
      '--redis': redis.url,
      '--listen': '127.0.0.1:0',
      '--library': 'zoo',
      '--model': 'picfind-mini',
      '--prefix': 'img:',
      '--models': join(checkout, 'models'),
      '--cache': cache.path,
      '--web': join(checkout, 'dist', 'app'),
    }
    const given = new Set(args.includes('--keys') ? [...args, '--prefix'] : args)
    const left = Object.entries(usual).filter(([name]) => !given.has(name))
    const child = spawn(serverProgram, [...left.flat(), ...args], {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, ...env },
    })
    const named = args.indexOf('--library')
    const server = new RunningServer(child, cache, named < 0 ? usual['--library'] : args[named + 1]!)
    await server.said('serving')
    return server
  }

  /** The first line of the log that says this, and has these facts. */
  async said(what: string, facts: Record<string, unknown> = {}): Promise<LogLine> {
    const matches = (line: LogLine) =>
      line.what === what && Object.entries(facts).every(([name, value]) => line[name] === value)
    for (;;) {
      const line = this.log.find(matches)
      if (line) return line
      if (this.#child.exitCode !== null) throw new Error(`picfind-server ended: ${JSON.stringify(this.log)}`)
      await new Promise<void>(resolve => {
        const wake = () => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  /** Manifests as the server tells of them, from the one that is published on. */
  async *events(headers: Record<string, string> = {}): AsyncGenerator<ManifestEvent> {
    const stop = new AbortController()
    const response = await fetch(`${this.library}events`, { headers, signal: stop.signal })
    if (!response.ok || !response.body) throw new Error(`events were answered with ${response.status}`)
    try {
      let text = ''
      for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
        const messages = (text + part).split('\n\n')
        text = messages.pop() ?? ''
        for (const message of messages) {
          const data = /^data: (.*)$/m.exec(message)?.[1]
          if (data) yield JSON.parse(data) as ManifestEvent
        }
      }
    } finally {
      stop.abort()
    }
  }

  /** `token`: where one is needed. */
  async manifest(token?: string): Promise<string> {
    const response = await fetch(`${this.library}manifest.json`, { headers: bearer(token) })
    if (!response.ok) throw new Error(`the manifest was answered with ${response.status}`)
    return response.text()
  }

  /** Waits until the library that is served has so many pictures. */
  async publishes(pictures: number, token?: string): Promise<void> {
    const has = async () => (JSON.parse(await this.manifest(token)) as { counts: { records: number } }).counts.records
    await this.said('published')
    for await (const _ of this.events(bearer(token))) {
      if ((await has()) === pictures) return
    }
    throw new Error('the server ended')
  }

  get port(): number {
    return this.log.find(line => line.what === 'serving')?.port as number
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  get library(): string {
    return `${this.url}v1/libraries/${this.#name}/`
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Its exit code, once it has let go of everything. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGCONT')
    this.#child.kill('SIGTERM')
    await exited(this.#child)
    this.cache.remove()
    return this.#child.exitCode
  }
}
