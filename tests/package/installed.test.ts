import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, inject, test } from 'vitest'
import { filesIn } from '../e2e/element-site.ts'
import { checkout, jsonLines, picfind, starterPictures, temporaryFolder } from '../web/picfind-process.ts'

/** Where the toolchain is (web/tools/places.mjs). */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'picfind')
const workshop = inject('workshop')
const installed = join(workshop, 'node_modules', 'picfind')
const script = join(installed, 'dist', 'cli', 'picfind.js')
const scratch = temporaryFolder()
afterAll(scratch.remove)

/** Bytes of the packed package, and of all that is in it. */
const limits = { packed: 54_000_000, unpacked: 88_000_000 }

test('the installed package indexes and searches', async () => {
  const library = join(scratch.path, 'library')
  const index = await picfind(['index', starterPictures, '--out', library, '--json'], { script })
  expect(index.code, index.stderr).toBe(0)
  const search = await picfind(['search', library, 'a frog', '--json', '-k', '5'], { script })
  const [{ hits }] = jsonLines<{ hits: { path: string }[] }>(search.stdout) as [{ hits: { path: string }[] }]
  expect(hits.map(({ path }) => path)).toContain('orange-toad-on-a-leaf.jpg')
})

test.each([
  ['an installed package', workshop],
  ['the checkout', checkout],
])('npx finds the command in %s', async (_, cwd) => {
  const { stdout } = await promisify(execFile)('npm', ['exec', '--offline', '--', 'picfind', '--version'], { cwd })
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }
  expect(stdout.trim()).toBe(version)
})

test('the installed package names no path of the machine it was built on', () => {
  const files = filesIn(join(installed, 'dist'))
  const found = [...files].filter(([, bytes]) => [checkout, cache].some(folder => bytes.includes(join(folder, '/'))))
  expect(found.map(([path]) => path)).toEqual([])
})

test('the package is no larger than its limit, packed and unpacked', () => {
  // Without packages that npm had to put inside.
  const own = [...filesIn(installed)].filter(([path]) => !path.startsWith('node_modules/'))
  const unpacked = own.reduce((sum, [, bytes]) => sum + bytes.length, 0)
  const message = 'a limit of tests/package/installed.test.ts is passed: what has been added to dist or models?'
  expect(statSync(inject('tarball')).size, message).toBeLessThanOrEqual(limits.packed)
  expect(unpacked, message).toBeLessThanOrEqual(limits.unpacked)
})
