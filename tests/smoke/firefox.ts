/** Debian's Firefox without a driver: a page of the same origin has the tested page in a frame and does what it is told. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type FramePage, startFramePage } from './frame-page.ts'
import type { SmokeBrowser, Tab } from './tab.ts'

export async function startFirefox(): Promise<SmokeBrowser> {
  const page = await startFramePage()
  const profile = mkdtempSync(join(tmpdir(), 'picfind-firefox-'))
  let firefox: ChildProcess | undefined
  const open = (url: string) => {
    const opened = page.open(url)
    // Its processes are ended as a group, which `detached` makes.
    firefox ??= spawn('/usr/bin/firefox-esr', ['--headless', '--no-remote', '--profile', profile, page.url], {
      stdio: 'ignore',
      detached: true,
    })
    return opened
  }
  async function close(): Promise<void> {
    if (firefox) await end(firefox)
    page.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return { tab: tabOf(page, open), keeps: true, complaints: () => page.complaints.splice(0), close }
}

function tabOf({ run, offerFile }: FramePage, open: Tab['open']): Tab {
  const evaluate: Tab['evaluate'] = (action, ...args) => run(String(action), args) as Promise<never>
  return {
    open,
    evaluate,
    type: text => evaluate(type, text),
    async chooseFiles(selector, paths) {
      const files = paths.map(path => ({ name: basename(path), url: offerFile(path) }))
      await evaluate(choose, selector, files)
    },
  }
}

/** Runs in the page: text where the keyboard is, as it is after the last key. */
function type(text: string): void {
  let focused = document.activeElement
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement
  if (!(focused instanceof HTMLInputElement)) throw new Error('The keyboard is not in a field')
  focused.value += text
  focused.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }))
}

/** Runs in the page. */
async function choose(selector: string, offered: { name: string; url: string }[]): Promise<void> {
  const input = document.querySelector<HTMLInputElement>(selector)
  if (!input) throw new Error(`There is no ${selector}`)
  const chosen = new DataTransfer()
  for (const { name, url } of offered) {
    const blob = await (await fetch(url)).blob()
    chosen.items.add(new File([blob], name, { type: blob.type }))
  }
  input.files = chosen.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await ended
}
