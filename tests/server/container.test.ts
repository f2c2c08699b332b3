/** What the image and its compose file rely on; there may be no Docker here to build them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkout } from '../web/picfind-process.ts'
import { serverProgram } from './processes.ts'

const read = (name: string) => readFileSync(join(checkout, 'server', name), 'utf8')

test('what the image copies is in the repository, or made by the build', () => {
  const ignored = read('Dockerfile.dockerignore').split('\n').filter(Boolean)
  const copied = [...read('Dockerfile').matchAll(/^COPY --from=build (.*) \S+$/gm)].flatMap(([, paths]) =>
    paths!.split(' ').map(path => path.replace(/^\/picfind\//, '')),
  )
  expect(copied.length).toBeGreaterThan(4)
  for (const path of copied) {
    expect(existsSync(join(checkout, path)), path).toBe(true)
    const isMade = ignored.includes(path.split('/')[0]!)
    if (!isMade) expect(execFileSync('git', ['ls-files', path], { cwd: checkout, encoding: 'utf8' }), path).not.toBe('')
  }
})

test('every licence that there is goes along', () => {
  const dockerfile = read('Dockerfile')
  const notices = execFileSync('git', ['ls-files', '*NOTICE', 'LICENSE'], { cwd: checkout, encoding: 'utf8' })
  for (const path of notices.trim().split('\n'))
    expect(
      dockerfile.match(/(?<=\/picfind\/)\S+/g)?.some(copied => path === copied || path.startsWith(`${copied}/`)),
      path,
    ).toBe(true)
})

test('what compose sets are options of the server, and can be chosen under the same names', () => {
  const compose = read('compose.yaml')
  const help = execFileSync(serverProgram, ['--help'], { encoding: 'utf8' })
  const set = [...compose.matchAll(/^ {6}(PICFIND_\w+): (.*)$/gm)]
  expect(set.length).toBeGreaterThan(8)
  for (const [, name, value] of set) {
    const option = name!.replace('PICFIND_', '').toLowerCase().replaceAll('_', '-')
    expect(help, name).toMatch(new RegExp(`^  --${option} `, 'm'))
    const chosen = /\$\{(\w+)/.exec(value!)?.[1]
    if (chosen !== undefined) expect(chosen).toBe(name)
  }
})
