/** The packages of the folder beside, installed once into build/bench/contenders. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { run } from '../../../web/tools/command.mjs'
import { inRoot } from '../../../web/tools/places.mjs'

const from = file => inRoot('tests', 'bench', 'contenders', file)
const to = (...parts) => inRoot('build', 'bench', 'contenders', ...parts)

/** The path of node_modules as a page of the checkout sees it. */
export const pagePath = '/build/bench/contenders/node_modules/'
export const nodePath = pathToFileURL(to('node_modules', '/')).href

export const versionOf = name => JSON.parse(readFileSync(to('node_modules', name, 'package.json'), 'utf8')).version

let installing

/** False, after a line that says why, where the registry cannot be reached. */
export function installContenders() {
  installing ??= install()
  return installing
}

async function install() {
  const isCurrent =
    existsSync(to('node_modules', '.package-lock.json')) &&
    readFileSync(to('package-lock.json'), 'utf8') === readFileSync(from('package-lock.json'), 'utf8')
  if (isCurrent) return true
  console.log('  Installing what the benches compare with (216 MB, once) into build/bench/contenders')
  mkdirSync(to(), { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(from(file), to(file))
  try {
    await run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], {
      folder: to(),
    })
    return true
  } catch (error) {
    console.error(`  Rows that compare with other packages will be missing: ${error.message}`)
    return false
  }
}
