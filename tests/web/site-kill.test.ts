import { once } from 'node:events'
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, Library } from 'picfind'
import { expect, test } from 'vitest'
import { temporaryFolder } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'
import { random } from './fixtures/random.ts'
import { filesOf, indexSite, writeSite } from './fixtures/sites.ts'
import { start, tinyModel } from './picfind-process.ts'

const kills = 50
const killsBeforeAnEnd = 5

test('an update killed at 50 random points and run again gives the same bundle', async () => {
  const root = temporaryFolder()
  const place = join(root, 'now')
  const site = join(place, 'public')
  const cache = join(place, 'cache')
  const pictures = Array.from({ length: 40 }, (_, i) => [`${i}.bmp`, bmp([i, 2 * i, 77], 64, 64)])
  writeSite(site, Object.fromEntries(pictures))
  await indexSite(site, cache)
  const first = filesOf(join(site, 'picfind'))
  // The update: pictures that are new, renamed, changed and gone.
  for (let i = 100; i < 120; i++) writeFileSync(join(site, `${i}.bmp`), bmp([i, 3, 3], 64, 64))
  cpSync(join(site, '5.bmp'), join(site, 'five.bmp'))
  for (const name of ['5.bmp', '6.bmp']) rmSync(join(site, name))
  writeFileSync(join(site, '7.bmp'), bmp([9, 9, 9], 64, 64))
  const begin = join(root, 'begin')
  cpSync(place, begin, { recursive: true, preserveTimestamps: true })

  const started = performance.now()
  await indexSite(site, cache)
  const duration = performance.now() - started
  const wanted = filesOf(join(site, 'picfind'))
  expect(wanted).not.toEqual(first)

  const next = random(11)
  for (let kill = 1; kill <= kills; kill++) {
    if (kill % killsBeforeAnEnd === 1) {
      rmSync(place, { recursive: true })
      cpSync(begin, place, { recursive: true, preserveTimestamps: true })
    }
    const env = { XDG_CACHE_HOME: cache }
    const child = start(['index', site, '--site', site, '--model', tinyModel], { env })
    const killed = setTimeout(() => child.kill('SIGKILL'), duration * (0.3 + 0.7 * next()))
    await once(child, 'exit')
    clearTimeout(killed)
    await expectWhole(join(site, 'picfind'))
    if (kill % killsBeforeAnEnd > 0) continue
    await indexSite(site, cache)
    expect(filesOf(join(site, 'picfind')), `kill ${kill}`).toEqual(wanted)
  }
}, 600_000)

/** What is there at any moment is a bundle that answers. */
async function expectWhole(bundle: string): Promise<void> {
  expect(existsSync(join(bundle, 'manifest.json'))).toBe(true)
  const library = await Library.open({ store: folder(bundle), model: tinyModel })
  try {
    const { notices, pictures } = await library.info()
    expect(notices).toEqual([])
    expect(await library.search('red', { k: 100, tower: 'instant' })).toHaveLength(pictures)
  } finally {
    await library.close()
  }
}
