/**
 * Passes a site on under an origin of its own and adds one page to it, which shows the site in a frame, asks for commands and answers.
 * The site itself is not altered: what the frame's window has is reached from the other page, as pages of one origin may.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const root = '/smoke-frame/'

interface Answer {
  id: number
  value?: unknown
  error?: string
  complaints: string[]
}

export interface FramePage {
  /** Of the page with the frame; to be loaded after the first `open` was called, which waits for it. */
  url: string
  /** Errors of the framed page, since it was loaded. */
  complaints: string[]
  open(url: string): Promise<void>
  /** Calls the function of that source text with the frame's window as its globals. */
  run(source: string, args: unknown[]): Promise<unknown>
  /** The address that a file of the disk has until `close`. */
  offerFile(path: string): string
  close(): void
}

/** Runs in the page: does one command after the other. `call` has the globals of the frame's window. */
async function obey(commands: string, answers: string): Promise<void> {
  const frame = document.querySelector('iframe') as HTMLIFrameElement
  const complaints: string[] = []
  const listen = (view: Window & typeof globalThis) => {
    view.addEventListener('error', event => complaints.push(event.message))
    view.addEventListener('unhandledrejection', event => complaints.push(String(event.reason)))
    const { error } = view.console
    view.console.error = (...args: unknown[]) => {
      complaints.push(args.join(' '))
      error(...args)
    }
  }
  for (;;) {
    const { id, open, source, args } = await (await fetch(commands)).json()
    const answer: Answer = { id, complaints }
    try {
      if (open) {
        const loaded = new Promise(resolve => frame.addEventListener('load', resolve, { once: true }))
        frame.src = open
        await loaded
        listen(frame.contentWindow as Window & typeof globalThis)
      } else {
        const call = new Function('view', 'args', `with (view) return (${source})(...args)`)
        answer.value = await call(frame.contentWindow, args)
      }
    } catch (error) {
      answer.error = String(error)
    }
    await fetch(answers, { method: 'POST', body: JSON.stringify(answer) })
    complaints.length = 0
  }
}

const page = `<!doctype html><title>Smoke test</title><iframe width="1280" height="800"></iframe>
<script>(${obey})('${root}command', '${root}answer')</script>`

export async function startFramePage(): Promise<FramePage> {
  let site = ''
  let ids = 0
  const complaints: string[] = []
  const files: string[] = []
  const commands: string[] = []
  const waiting = new Map<number, (answer: Answer) => void>()
  let idle: ServerResponse | undefined

  function handOut(): void {
    const command = idle && commands.shift()
    if (command === undefined) return
    idle?.end(command)
    idle = undefined
  }

  async function ask(command: object): Promise<unknown> {
    const id = ++ids
    const answered = new Promise<Answer>(resolve => waiting.set(id, resolve))
    commands.push(JSON.stringify({ id, ...command }))
    handOut()
    const { value, error } = await answered
    if (error !== undefined) throw new Error(error)
    return value
  }

  async function serveOwn(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === '') {
      // Isolated as the site is: a page that is not is not shown inside one that is, nor isolated outside.
      for (const [name, value] of (await fetch(site)).headers) {
        if (name.startsWith('cross-origin-')) response.setHeader(name, value)
      }
      response.setHeader('Content-Type', 'text/html').end(page)
    } else if (path === 'command') {
      idle = response
      handOut()
    } else if (path === 'answer') {
      const answer = JSON.parse(await text(request)) as Answer
      complaints.push(...answer.complaints)
      response.end()
      waiting.get(answer.id)?.(answer)
      waiting.delete(answer.id)
    } else response.setHeader('Content-Type', 'image/jpeg').end(readFileSync(files[Number(path)] as string))
  }

  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    if (path.startsWith(root)) return serveOwn(path.slice(root.length), request, response)
    const answer = await fetch(new URL(path, site)).catch(() => undefined)
    const bytes = await answer?.arrayBuffer().catch(() => undefined)
    if (!answer || !bytes) return void response.writeHead(502).end()
    const headers = [...answer.headers].filter(([name]) => !/^(content-(encoding|length)|connection)$/.test(name))
    response.writeHead(answer.status, Object.fromEntries(headers)).end(Buffer.from(bytes))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${root}`,
    complaints,
    async open(url) {
      site = new URL('/', url).href
      await ask({ open: url.slice(site.length - 1) })
    },
    run: (source, args) => ask({ source, args }),
    offerFile: path => root + (files.push(path) - 1),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
