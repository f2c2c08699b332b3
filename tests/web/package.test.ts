import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkout, jsonLines, picfind, starterPictures, temporaryFolder } from './picfind-process.ts'

/** Where the toolchain is (web/tools/places.mjs). */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'picfind')
const scratch = temporaryFolder()
afterAll(scratch.remove)
const npm = (args: string[], cwd: string) => promisify(execFile)('npm', args, { cwd })
const installed = join(scratch.path, 'node_modules', 'picfind')
const script = join(installed, 'dist', 'cli', 'picfind.js')

beforeAll(async () => {
  await npm(['pack', '--ignore-scripts', '--pack-destination', scratch.path], checkout)
  const tarball = readdirSync(scratch.path).find(name => name.endsWith('.tgz'))!
  writeFileSync(join(scratch.path, 'package.json'), '{ "private": true }')
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`], scratch.path)
})

test('the installed package indexes and searches', async () => {
  const library = join(scratch.path, 'library')
  const index = await picfind(['index', starterPictures, '--out', library, '--json'], { script })
  expect(index.code, index.stderr).toBe(0)
  const search = await picfind(['search', library, 'a frog', '--json', '-k', '5'], { script })
  const [{ hits }] = jsonLines<{ hits: { path: string }[] }>(search.stdout) as [{ hits: { path: string }[] }]
  expect(hits.map(({ path }) => path)).toContain('orange-toad-on-a-leaf.jpg')
})

test.each([
  ['an installed package', scratch.path],
  ['the checkout', checkout],
])('npx finds the command in %s', async (_, folder) => {
  const { stdout } = await npm(['exec', '--offline', '--', 'picfind', '--version'], folder)
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }
  expect(stdout.trim()).toBe(version)
})

test('the installed package names no path of the machine it was built on', () => {
  const files = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true }).filter(file =>
    file.isFile(),
  )
  const found = files
    .map(file => join(file.parentPath, file.name))
    .filter(path => [checkout, cache].some(folder => readFileSync(path).includes(join(folder, '/'))))
  expect(found).toEqual([])
})
