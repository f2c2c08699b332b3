/** WebKitGTK's small browser by classic WebDriver, on a screen of its own: it has no headless mode. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Readable } from 'node:stream'
import { vi } from 'vitest'
import type { SmokeBrowser, Tab } from './tab.ts'

const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
const browserPath = `/usr/lib/${triplet}/webkit2gtk-4.1/MiniBrowser`

/** What references to elements are called by, in the WebDriver standard. */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf'

/** Milliseconds that a call to the driver may take: it answers nothing when its browser hangs. */
const callLimit = 20_000

/** Throws where WebKitGTK cannot be started. */
export async function startWebKit(): Promise<SmokeBrowser> {
  const screen = await startScreen()
  try {
    const driver = await startDriver(screen.display)
    const close = async () => {
      await driver.call('DELETE', '').catch(() => undefined)
      await Promise.all([end(driver.process), end(screen.process)])
    }
    // Its driver starts none but private sessions.
    return { tab: tabOf(driver.call), keeps: false, complaints: () => [], close }
  } catch (error) {
    await end(screen.process)
    throw error
  }
}

async function startScreen(): Promise<{ display: string; process: ChildProcess }> {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const [number] = await Promise.race([once(screen.stdio[3] as Readable, 'data'), failure(screen, 'Xvfb')])
  return { display: `:${String(number).trim()}`, process: screen }
}

type Call = (method: 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>

async function startDriver(display: string): Promise<{ call: Call; process: ChildProcess }> {
  const port = await freePort()
  const env = { ...process.env, DISPLAY: display }
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' })
  const failed = failure(driver, 'WebKitWebDriver')
  failed.catch(() => undefined)
  const ask = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const sent = method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}
    const answer = await fetch(`http://127.0.0.1:${port}/session${path}`, {
      method,
      ...sent,
      signal: AbortSignal.timeout(callLimit),
    })
    const { value } = (await answer.json()) as { value: { message?: string } | null }
    if (!answer.ok) throw new Error(`WebKitWebDriver: ${value?.message}`)
    return value
  }
  const options = { binary: browserPath, args: ['--automation'] }
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } }
  try {
    await Promise.race([failed, vi.waitFor(() => fetch(`http://127.0.0.1:${port}/status`), { timeout: 10_000 })])
    const { sessionId } = (await ask('POST', '', { capabilities })) as { sessionId: string }
    return { call: (method, path, body) => ask(method, `/${sessionId}${path}`, body), process: driver }
  } catch (error) {
    await end(driver)
    throw error
  }
}

function tabOf(call: Call): Tab {
  const evaluate: Tab['evaluate'] = (action, ...args) =>
    call('POST', '/execute/sync', { script: `return (${action})(...arguments)`, args }) as Promise<never>
  return {
    evaluate,
    async open(url) {
      await call('POST', '/url', { url })
    },
    async type(text) {
      const keys = [...text].flatMap(value => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ])
      await call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions: keys }] })
    },
    async chooseFiles(selector, paths) {
      const found = await call('POST', '/element', { using: 'css selector', value: selector })
      const id = (found as Record<string, string>)[elementKey]
      await call('POST', `/element/${id}/value`, { text: paths.join('\n') })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Rejects when the process cannot be started or ends by itself. */
async function failure(child: ChildProcess, name: string): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`${name} ended with exit code ${code}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  // Asked politely, a driver waits for a browser that may hang.
  child.kill('SIGKILL')
  await ended
}
