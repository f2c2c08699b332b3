import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './places.mjs'

/** A failure whose message says all a person needs: it is shown without a stack. */
export class Failure extends Error {}

const outputs = {
  show: ['inherit', 'inherit'],
  text: ['pipe', 'inherit'],
  everything: ['pipe', 'pipe'],
  errors: ['ignore', 'inherit'],
  none: ['ignore', 'ignore'],
}

/**
 * Runs a command, in the checkout unless `folder` is another. Its output is shown, or returned (`text`; `everything` with errors), or
 * cut down to `errors` or `none`. Any other exit code than those in `accept` is a Failure, which has the text so far; an interruption
 * ends this process too.
 */
export function run(command, args, { env = {}, output = 'show', accept = [0], folder = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', ...outputs[output]],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', part => {
        text += part
      })
    }
    child.on('error', error => reject(new Failure(`${command} could not be started: ${error.message}`)))
    child.on('close', (code, signal) => {
      if (accept.includes(code)) return resolve(text)
      if (signal === 'SIGINT' || code === 130) process.exit(130)
      const line = [command, ...args].join(' ')
      const shown = line.length > 120 ? `${line.slice(0, 120)}…` : line
      const failure = new Failure(`\`${shown}\` ended with ${signal ?? `exit code ${code}`}`)
      reject(Object.assign(failure, { text }))
    })
  })
}

/** Three tries with a pause between: mirrors and registries have bad moments. */
export async function retry(what, action) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (attempt === 3) throw error
      console.error(`${what}: try ${attempt} of 3 failed (${error.message}), trying again`)
      await new Promise(resolve => setTimeout(resolve, attempt * 3000))
    }
  }
}

export function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Runs a script's main function: a Failure is one line on stderr and exit 1. */
export async function main(action) {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
