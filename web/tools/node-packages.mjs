import { readFileSync } from 'node:fs'
import { retry, run } from './command.mjs'
import { inRoot } from './places.mjs'

const read = path => JSON.parse(readFileSync(inRoot(path), 'utf8')).packages

/** Whether node_modules holds the versions of package-lock.json; npm writes its own record last, so it is whole. */
function isCurrent() {
  let installed
  try {
    installed = read('node_modules/.package-lock.json')
  } catch {
    return false
  }
  return Object.entries(read('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || installed[path]?.version === wanted.version,
  )
}

export async function installNodePackages() {
  if (isCurrent()) return
  console.log('Installing the packages of package-lock.json')
  await retry('npm ci', () => run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']))
}
