/** Runs the built command line as a person or a script would: in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const checkout = fileURLToPath(new URL('../..', import.meta.url))
export const starterPictures = join(checkout, 'web', 'app', 'starter', 'pictures')
/** Knows colours only and encodes at once. */
export const tinyModel = join(checkout, 'tests', 'data', 'tiny-model', 'model.json')

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface StartOptions {
  cwd?: string
  env?: Record<string, string>
  /** Path of the script; the checkout's build if not given. */
  script?: string
}

export function start(args: string[], { cwd, env, script }: StartOptions = {}): ChildProcessWithoutNullStreams {
  const path = script ?? join(checkout, 'dist', 'cli', 'picfind.js')
  return spawn(process.execPath, [path, ...args], { cwd, env: { ...process.env, ...env } })
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const result: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => {
    result.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    result.stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ ...result, code }))
  })
}

/** Waits for the end; `input` goes to standard input, which is empty otherwise. */
export function picfind(args: string[], options: StartOptions & { input?: string } = {}): Promise<Ended> {
  const child = start(args, options)
  child.stdin.end(options.input ?? '')
  return ended(child)
}

/** The JSON of each line. */
export function jsonLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'picfind-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
