import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, onPath, retry, run } from './command.mjs'
import { cache } from './places.mjs'

export const hasApt = () => onPath('apt-get')

/** Parallel runs of apt delete each other's downloads: one at a time, whichever checkout asks. */
export function apt(args, { asRoot = false, folder } = {}) {
  mkdirSync(cache, { recursive: true })
  const sudo = asRoot && process.getuid() !== 0 ? ['sudo', '-n'] : []
  const quiet = ['DEBIAN_FRONTEND=noninteractive', 'DEBCONF_NOWARNINGS=yes']
  const command = [...sudo, 'env', ...quiet, 'apt-get', '-qq', ...args]
  return run('flock', [join(cache, 'apt.lock'), ...command], { folder, output: 'errors' })
}

/** Of these packages the ones that this machine's lists do not know. */
async function unknownPackages(names) {
  const policy = await run('apt-cache', ['policy', ...names], { output: 'text', env: { LC_ALL: 'C' } })
  const known = [...policy.matchAll(/^(\S+):\n.*\n +Candidate: (.+)/gm)].filter(match => match[2] !== '(none)')
  return names.filter(name => !known.some(match => match[1] === name))
}

/** On a fresh machine the lists are empty, and nothing can be had before an update. */
export async function updateListsFor(names) {
  if ((await unknownPackages(names)).length === 0) return
  await retry('apt-get update', async () => {
    await apt(['update'], { asRoot: true })
    // Not told by the exit code: an update without network counts as a success.
    const unknown = await unknownPackages(names)
    if (unknown.length > 0) throw new Failure(`this machine's apt sources have no ${unknown.join(', ')}`)
  })
}

export async function mayInstall() {
  if (process.getuid() === 0) return true
  try {
    await run('sudo', ['-n', 'true'], { output: 'none' })
    return true
  } catch {
    return false
  }
}

/** Installs packages, [{ name, why }], or says the exact command where that is not allowed. */
export async function install(missing) {
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name)
  const list = missing.map(({ name, why }) => `  ${name}: ${why}`).join('\n')
  if (!hasApt()) throw new Failure(`Missing on this machine:\n${list}\nInstall them, then run this again.`)
  if (!(await mayInstall())) {
    const command = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`
    throw new Failure(`Missing on this machine:\n${list}\nInstall them, then run this again:\n  ${command}`)
  }
  console.log(`Installing Debian packages:\n${list}`)
  await updateListsFor(names)
  const options = ['-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
  await retry('apt-get install', () =>
    apt(['install', '-y', '--no-install-recommends', ...options, ...names], { asRoot: true }),
  )
}
