/** A project of someone who builds with Vite, as README tells, from the packed package. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { alts, filesIn, find, type Host, openTab, serve } from '../e2e/element-site.ts'
import { starterFolder, useChromium } from '../e2e/harness.ts'
import { checkout, picfind } from '../web/picfind-process.ts'
import { readmeBlock } from './readme.ts'

declare global {
  /** Of vite-page/main.ts. */
  var search: (words: string) => Promise<string[]>
}

useChromium()

const section = 'In a program'
const folder = join(inject('workshop'), 'vite')
const script = join(inject('workshop'), 'node_modules', 'picfind', 'dist', 'cli', 'picfind.js')
const tool = (name: string) => join(checkout, 'node_modules', '.bin', name)
const inFolder = { cwd: folder, env: { ...process.env, NODE_ENV: 'production' } }
let host: Host

beforeAll(async () => {
  cpSync(join(checkout, 'tests', 'package', 'vite-page'), folder, { recursive: true })
  symlinkSync('../node_modules', join(folder, 'node_modules'))
  mkdirSync(join(folder, 'photos'))
  for (const name of ['espresso-in-a-red-cup.jpg', 'orange-toad-on-a-leaf.jpg', 'saturn-with-rings.jpg']) {
    cpSync(join(starterFolder, name), join(folder, 'photos', name))
  }
  writeFileSync(join(folder, 'vite.config.ts'), readmeBlock(section, 'ts', 'vite.config.ts'))
  const run = promisify(execFile)
  await run('bash', ['-e', '-c', readmeBlock(section, 'sh')], inFolder)
  await run(tool('vite'), ['build', '--base=/travel/', '--logLevel=warn'], inFolder)
  const { code, stderr } = await picfind(['index', 'dist', '--site', 'dist'], { script, cwd: folder })
  expect(code, stderr).toBe(0)
  host = await serve(filesIn(join(folder, 'dist')), { folder: 'travel/' })
})
afterAll(() => host?.close())

test('the bundled engine indexes and searches under a sub-path, with its workers and wasm', async () => {
  const tab = await openTab(host.url)
  await tab.waitForFunction(() => 'search' in globalThis)
  expect((await tab.evaluate(() => search('a frog')))[0]).toBe('Who sat there.jpg')
  expect((await tab.evaluate(() => search('coffee')))[0]).toBe('A strong one.jpg')
})

test('the element of the bundled page answers from the bundle of its site', async () => {
  const tab = await openTab(host.url)
  await find(tab, 'coffee')
  expect((await alts(tab))[0]).toBe('A strong one')
})

/** Compiler options of a project that checks with the given way of finding modules. */
const compile = (file: string, module: string, moduleResolution: string) =>
  promisify(execFile)(
    tool('tsc'),
    `--ignoreConfig --noEmit --strict --target es2022 --lib es2023,dom,dom.iterable,dom.asynciterable
      --module ${module} --moduleResolution ${moduleResolution} ${file}`.split(/\s+/),
    inFolder,
  ).catch(error => expect.fail(error.stdout))

const declarations = `
declare function showDirectoryPicker(): Promise<FileSystemDirectoryHandle>
declare function show(progress: { done: number; found: number }): void
`

test('this project and README’s program for pages are typed', async () => {
  writeFileSync(join(folder, 'program.ts'), `${readmeBlock(section, 'ts', 'showDirectoryPicker')}${declarations}`)
  await compile('program.ts', 'esnext', 'bundler')
  await compile('main.ts', 'esnext', 'bundler')
})

test.each([
  ['esnext', 'bundler'],
  ['nodenext', 'nodenext'],
])('the element is typed, with its events, modules %s found by %s', async (module, resolution) => {
  const lines = [
    "import { definePicfindSearch, type PicfindRecord } from 'picfind/element'",
    "await definePicfindSearch('picfind/')",
    "document.addEventListener('picfind-open', ({ detail }) => open(detail.record))",
    'const open = ({ alt }: PicfindRecord) => console.log(alt)',
  ]
  writeFileSync(join(folder, 'element.mts'), lines.join('\n'))
  await compile('element.mts', module, resolution)
})

test('a program for Node is typed', async () => {
  const program = readmeBlock(section, 'ts', 'showDirectoryPicker')
    .replace('opfs, sourceFromHandle', 'folder, sourceFromFolder')
    .replace("opfs('holiday')", "folder('holiday.library')")
    .replace('sourceFromHandle(await showDirectoryPicker())', "sourceFromFolder('Pictures')")
  expect(program).toContain("sourceFromFolder('Pictures')")
  writeFileSync(join(folder, 'program.mts'), `${program}${declarations}`)
  await compile('program.mts', 'nodenext', 'nodenext')
})
