import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { folder, sourceFromFolder } from 'picfind'
import { expect, test } from 'vitest'
import { addAll, openTiny, temporaryFolder, tinyModel } from './fixtures/libraries.ts'
import { numbered } from './fixtures/pictures.ts'
import { random } from './fixtures/random.ts'

const script = fileURLToPath(new URL('fixtures/index-folder.mjs', import.meta.url))
const kills = 50
const pictures = 1500

/** Indexes in a process of its own and kills it `delay` milliseconds after its first picture; gives the last count it reported. */
async function indexAndKill(source: string, place: string, delay: number): Promise<number> {
  const child = spawn(process.execPath, [script, source, place, tinyModel], { stdio: ['ignore', 'pipe', 'inherit'] })
  let indexed = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (indexed === 0 && Number(line) > 0) setTimeout(() => child.kill('SIGKILL'), delay)
    indexed = Number(line) || indexed
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return indexed
}

test('indexing killed at 50 random points loses at most 64 pictures and leaves a readable library', async () => {
  const root = temporaryFolder()
  const source = join(root, 'pictures')
  mkdirSync(source)
  for (let n = 0; n < pictures; n++) writeFileSync(join(source, `${n}.bmp`), numbered(n))
  const next = random(7)
  let place = join(root, 'library-0')
  let known = 0
  for (let kill = 1; kill <= kills; kill++) {
    const reported = await indexAndKill(source, place, 300 * next())
    const library = await openTiny({ store: folder(place) })
    const { pictures: found, notices } = await library.info()
    expect(notices, `kill ${kill}`).toEqual([])
    expect(found, `kill ${kill}`).toBeGreaterThanOrEqual(known + reported - 64)
    const hits = await library.search('red', { k: pictures, tower: 'instant' })
    expect(hits).toHaveLength(found)
    await library.close()
    known = found
    if (known < pictures - 200) continue
    // Nearly done: what is missing is added by one that is left to live, and the next kills have a new library.
    const last = await openTiny({ store: folder(place) })
    expect(await addAll(last, sourceFromFolder(source))).toMatchObject({ phase: 'done', unchanged: known })
    expect((await last.info()).pictures).toBe(pictures)
    await last.close()
    expect(unknownFiles(place)).toEqual([])
    place = join(root, `library-${kill}`)
    known = 0
  }
}, 600_000)

/** Files that neither the library nor its manifest before need are gone after a complete run. */
function unknownFiles(place: string): string[] {
  const names = readdirSync(place)
  const temporary = names.filter(name => name.endsWith('tmp') || name === '.picfind-writer')
  const { segments } = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8')) as {
    segments: { file: string }[]
  }
  const missing = segments.map(({ file }) => file).filter(file => !names.includes(file))
  return [...temporary, ...missing]
}
