/** A site of one album, indexed by the command once for all browsers. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { picfind, starterPictures } from '../web/picfind-process.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The site's folder. */
    album: string
  }
}

export const names = [
  'espresso-in-a-red-cup',
  'green-tea-fields',
  'orange-toad-on-a-leaf',
  'osprey-on-a-branch',
  'otter-beside-water',
  'saturn-with-rings',
]

export const pathOf = (name: string) => join(starterPictures, `${name}.jpg`)

export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'picfind-smoke-'))
  mkdirSync(join(folder, 'photos'))
  for (const name of names) cpSync(pathOf(name), join(folder, 'photos', `${name}.jpg`))
  const images = names.map(name => `<img src="photos/${name}.jpg" alt="${name}">`).join('\n')
  writeFileSync(join(folder, 'album.html'), `<!doctype html><title>Album</title>${images}`)
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><script type="module" src="picfind/picfind.js"></script><picfind-search></picfind-search>',
  )
  const { code, stderr } = await picfind(['index', folder, '--site', folder])
  if (code !== 0) throw new Error(stderr)
  project.provide('album', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
