/** README's section about sites, followed to the letter: its own code blocks, run with the installed package. */
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, expect, inject, test } from 'vitest'
import { alts, find, openTab, pictures } from '../e2e/element-site.ts'
import { starterFolder, useChromium } from '../e2e/harness.ts'
import { checkout } from '../web/picfind-process.ts'
import { readmeBlock } from './readme.ts'

useChromium()

const section = 'On your site'
const element = readmeBlock(section, 'html')

/** Pictures and what the album says of them, which does not name what is in them. */
const album = new Map([
  ['espresso-in-a-red-cup', 'A strong one, at the station'],
  ['green-tea-fields', 'The hills'],
  ['orange-toad-on-a-leaf', 'Who sat there in the morning'],
  ['osprey-on-a-branch', 'It waits'],
  ['otter-beside-water', 'At the bank'],
  ['saturn-with-rings', 'Seen at night'],
])

/** Browsers ask for an icon that pages do not name. */
const icon = '<link rel="icon" href="data:,">'

/** A folder in which npx finds the package, with the pictures in `photos`. */
function makeFolder(name: string, photos: string): string {
  const folder = join(inject('workshop'), name)
  mkdirSync(join(folder, photos), { recursive: true })
  for (const picture of album.keys()) {
    cpSync(join(starterFolder, `${picture}.jpg`), join(folder, photos, `${picture}.jpg`))
  }
  return folder
}

const servers: (() => void)[] = []
afterAll(() => {
  for (const stop of servers) stop()
})

/** Runs README's commands until the last one, which serves, says where. */
async function followCommands(folder: string): Promise<string> {
  const shell = spawn('bash', ['-e', '-c', readmeBlock(section, 'sh')], { cwd: folder, detached: true })
  servers.push(() => process.kill(-shell.pid!, 'SIGTERM'))
  let said = ''
  shell.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  for await (const line of createInterface({ input: shell.stdout })) {
    said += `${line}\n`
    const [url] = /http:\/\/\S+/.exec(line) ?? []
    if (url) return url
  }
  throw new Error(`README's commands ended without an address:\n${said}`)
}

/** A person types words, finds the picture, once, and goes to the page that shows it. */
async function search(tab: Page, words: string, alt: string, page: RegExp): Promise<void> {
  await find(tab, words)
  await expect.poll(async () => (await alts(tab))[0]).toBe(alt)
  const found = await alts(tab)
  expect(found.length).toBe(new Set(found).size)
  await pictures(tab).first().click()
  await tab.waitForURL(page)
  const shown = tab.getByRole('img', { name: alt })
  await expect.poll(() => shown.evaluate(image => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0)
}

test('a site of plain HTML', async () => {
  const folder = makeFolder('plain', 'public/photos')
  const images = [...album].map(([name, alt]) => `<img src="photos/${name}.jpg" alt="${alt}">`)
  const page = (body: string) =>
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Travels</title>${icon}${body}`
  writeFileSync(join(folder, 'public', 'index.html'), page(element))
  writeFileSync(join(folder, 'public', 'album.html'), page(images.join('\n')))
  const tab = await openTab(await followCommands(folder))
  await search(tab, 'coffee', 'A strong one, at the station', /\/album\.html$/)
})

test('a site that a generator makes, with each picture in several sizes and formats', async () => {
  const folder = makeFolder('eleventy', 'photos')
  const fixture = join(checkout, 'tests', 'package', 'eleventy')
  cpSync(join(fixture, 'eleventy.config.js'), join(folder, 'eleventy.config.js'))
  const manifest = JSON.parse(readFileSync(join(fixture, 'package.json'), 'utf8'))
  Object.assign(manifest.scripts, JSON.parse(`{${readmeBlock(section, 'json')}}`))
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const images = [...album].map(([name, alt]) => `![${alt}](/photos/${name}.jpg)`)
  writeFileSync(join(folder, 'album.md'), `${icon}\n\n# Album\n\n${images.join('\n\n')}\n`)
  writeFileSync(join(folder, 'index.md'), `${icon}\n\n# Travels\n\n${element}\n`)
  await promisify(execFile)('npm', ['run', 'build'], { cwd: folder })

  const made = readFileSync(join(folder, 'public', 'album', 'index.html'), 'utf8')
  expect(made.match(/<source[^>]+\.webp \d+w, [^>]+\.webp \d+w/g), made).toHaveLength(album.size)
  const tab = await openTab(await followCommands(folder))
  await find(tab, 'frog')
  await tab.getByRole('button', { name: 'More like Who sat there in the morning' }).click()
  await tab.getByText('Like Who sat there in the morning: 5 pictures').waitFor()
  expect((await alts(tab)).sort()).toEqual(
    [...album.values()].filter(alt => alt !== 'Who sat there in the morning').sort(),
  )
  await search(tab, 'coffee', 'A strong one, at the station', /\/album\/$/)
})
