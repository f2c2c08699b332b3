/** What people mistype or did not think of: a sentence each, and an exit code. */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'
import { indexSite, writeSite } from './fixtures/sites.ts'
import { ended, jsonLines, picfind, temporaryFolder as sharedFolder, start, tinyModel } from './picfind-process.ts'

const { path: place, remove } = sharedFolder()
afterAll(remove)
writeSite(place, {
  'public/index.html': '<img src=a.bmp>',
  'public/a.bmp': bmp([1, 2, 3], 64, 64),
  'photos/b.bmp': bmp([4, 5, 6], 64, 64),
  'file.txt': 'no folder',
})
mkdirSync(join(place, 'empty'))
const run = (...args: string[]) => picfind(args, { cwd: place, env: { XDG_CACHE_HOME: join(place, 'cache') } })

test.each<[string, string[], RegExp]>([
  ['pictures that are not there', ['index', './nothere', '--site', '.'], /there is no folder .*nothere/],
  ['a site that is not there', ['index', 'public', '--site', 'nothere'], /there is no folder .*nothere/],
  [
    'pictures outside of the site',
    ['index', 'public', '--site', 'empty'],
    /public is not inside .*empty; name a folder/,
  ],
  ['a site inside the pictures', ['index', '.', '--site', 'public'], /is not inside .*public; name a folder/],
  ['a file for a site', ['index', 'public', '--site', 'file.txt'], /file\.txt is not a folder/],
  ['an address for a site', ['index', 'public', '--site', 'https://example.com'], /is an address; name a place/],
  ['the site for its bundle', ['index', 'public', '--site', 'public', '--out', 'public'], /needs a folder of its own/],
  ['seven generations', ['index', 'public', '--site', 'public', '--keep', '7'], /'7' is invalid. Expected 0 or 1/],
  ['generations that are no number', ['index', 'public', '--site', 'public', '--keep', 'x'], /Expected 0 or 1/],
  [
    'a prefix that is none',
    ['index', 'public', '--site', 'public', '--url-prefix', 'cdn'],
    /Expected an address such as/,
  ],
  ['a prefix of a disk', ['index', 'public', '--site', 'public', '--url-prefix', 'file:///a/'], /Expected an address/],
  ['a model that is not there', ['index', 'public', '--site', 'public', '-m', 'nope'], /there is no model nope: give/],
  ['a folder to serve that is not there', ['serve', './nothere'], /there is no folder .*nothere/],
  ['a file to serve', ['serve', 'file.txt'], /file\.txt is not a folder/],
  ['nothing to serve', ['serve', 'empty'], /there is no library in .*empty; make one/],
  ['a site among libraries', ['serve', 'photos', 'public'], /public is a site, which is served alone/],
])('%s: a sentence and exit code 2', async (_, args, words) => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
  expect(stderr).toMatch(/^picfind: [^\n]+\n$/)
  expect(existsSync(join(place, 'public', 'picfind'))).toBe(false)
})

test('a folder of photos is a site of its own, and a name with a slash is one name', async () => {
  const cache = join(place, 'photos cache')
  const { answer } = await indexSite(join(place, 'photos'), cache, '--name', 'my/photos')
  expect(answer).toMatchObject({ pictures: 1, new: 1 })
  expect((await indexSite(join(place, 'photos'), cache, '--name', 'my/photos')).answer).toMatchObject({ unchanged: 1 })
  expect((await indexSite(join(place, 'photos'), cache)).answer).toMatchObject({ renamed: 1, removed: 0 })
})

test('links that lead in circles or nowhere end nothing', async () => {
  const site = writeSite(temporaryFolder(), { 'a/1.bmp': bmp([1, 1, 1], 64, 64), 'b/2.bmp': bmp([2, 2, 2], 64, 64) })
  symlinkSync('..', join(site, 'a', 'up'))
  symlinkSync('../b', join(site, 'a', 'beside'))
  symlinkSync('../a', join(site, 'b', 'beside'))
  symlinkSync('self', join(site, 'self'))
  symlinkSync('nowhere.jpg', join(site, 'broken.jpg'))
  const { answer, result } = await indexSite(site, join(site, '..', 'links cache'))
  expect(result.code).toBe(3)
  expect(answer.pictures).toBeGreaterThanOrEqual(2)
  expect(answer.leftOut.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    'broken.jpg: unreadable',
    'self: unreadable',
  ])
})

test('what cannot be written is said before anything is indexed', async () => {
  const root = temporaryFolder()
  const site = writeSite(join(root, 'public'), { 'a.bmp': bmp([1, 1, 1], 64, 64), picfind: 'a file' })
  const index = (cache: string) => {
    const command = ['index', site, '--site', site, '--model', tinyModel]
    return picfind(command, { env: { XDG_CACHE_HOME: cache } })
  }
  expect(await index(join(root, 'cache'))).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^picfind: .*picfind is not a folder; name a folder[^\n]*\n$/),
  })
  expect(readdirSync(root)).toEqual(['public'])
  rmSync(join(site, 'picfind'))
  expect(await index(join(site, 'a.bmp'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^picfind: The cache .* cannot be written .*--cache.*--no-cache\.\n$/),
  })
})

test('the last port of all is taken: that is said', async () => {
  const other = createServer()
  const isOurs = await new Promise<boolean>(resolve => {
    other.once('error', () => resolve(false)).listen(65535, '127.0.0.1', () => resolve(true))
  })
  if (isOurs) onTestFinished(() => void other.close())
  const { code, stderr } = await run('serve', 'public', '--port', '65535')
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'picfind: port 65535 is taken: name another with --port\n' })
})

test('where a port is taken the next one is, and the address says so', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const child = start(['serve', 'public', '--port', String(port)], { cwd: place })
  const end = ended(child)
  const [line] = await Promise.race([
    new Promise<string[]>(resolve => child.stdout.once('data', text => resolve([String(text)]))),
    end.then(({ stderr }) => [stderr]),
  ])
  child.kill()
  await end
  expect(Number(/http:\/\/localhost:(\d+)\//.exec(line!)?.[1])).toBeGreaterThan(port)
})

test('--json tells of a run without pictures what others tell', async () => {
  const { code, stdout } = await run('index', 'empty', '--site', 'empty', '--model', tinyModel, '--json')
  expect(code).toBe(0)
  expect(jsonLines(stdout)[0]).toMatchObject({ found: 0, new: 0, unchanged: 0, removed: 0, pictures: 0, captions: [] })
})
