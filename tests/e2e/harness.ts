/** The built page in a real Chromium. Whatever a page reports as an error or a breach of its security policy fails the test. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from 'vitest'
import { serveFiles } from '../../dist/cli/serve-files.js'

export const starterFolder = fileURLToPath(new URL('../../web/app/starter/pictures/', import.meta.url))

interface Site {
  url: string
  close(): Promise<void>
}

/** The page as `picfind serve` serves it. */
export async function startSite(host = '127.0.0.1'): Promise<Site> {
  const { server } = await serveFiles({ port: 0, host, libraries: [] })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** The page under a path of a host that sends no headers of its own, as most do; until the test is over. */
export async function servePlainly(site: string, path: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const inside = request.url?.startsWith(path) ? request.url.slice(path.length) : undefined
    // What is under way when the site ends is cut off.
    const answer = inside === undefined ? undefined : await fetch(site + inside).catch(() => undefined)
    const bytes = answer?.ok ? await answer.arrayBuffer().catch(() => undefined) : undefined
    if (!bytes) return void response.writeHead(404).end()
    const type = answer?.headers.get('content-type') ?? 'application/octet-stream'
    response.writeHead(200, { 'Content-Type': type }).end(Buffer.from(bytes))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
}

/** The page, served for all tests of a file. */
export function useSite(host?: string): { readonly url: string } {
  let site: Site
  beforeAll(async () => {
    site = await startSite(host)
  })
  afterAll(() => site.close())
  return {
    get url() {
      return site.url
    },
  }
}

let browser: Browser
const contexts: BrowserContext[] = []
const complaints: string[] = []
let expected: RegExp | undefined

/** For a test that makes the browser itself report what goes wrong. */
export function expectComplaints(pattern: RegExp): void {
  expected = pattern
}

/** Starts Chromium for the tests of a file, ends the contexts of each test and fails it for what its pages complained about. */
export function useChromium(): void {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // An address that is not secure, as of another machine in the house.
        '--host-resolver-rules=MAP house.test 127.0.0.1',
      ],
    })
  })
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map(context => context.close()))
    const others = complaints.splice(0).filter(complaint => !expected?.test(complaint))
    expected = undefined
    expect(others).toEqual([])
  })
  afterAll(() => browser.close())
}

/** A person's browser: pages of one context share what is stored. */
export async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
  contexts.push(context)
  context.on('page', page => {
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })
  return context
}

/** Opens an address of the page and waits for its first picture. */
export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  await picture(page, 0).waitFor()
  return page
}

/** The thumbnail at a place of the results, once it can be seen. */
export function picture(page: Page, place: number) {
  return page.locator(`[data-place="${place}"] img[src]`)
}

/** File names of the results in sight, in order. */
export async function namesInSight(page: Page): Promise<string[]> {
  return page.locator('[data-place] img').evaluateAll(images => images.map(image => image.getAttribute('alt') ?? ''))
}

/** Waits until the first pictures are the answer to what was asked, not to what came before. */
export async function expectFirst(page: Page, name: string | RegExp, among = 1): Promise<void> {
  const matches = (found: string) => (typeof name === 'string' ? found === name : name.test(found))
  await expect
    .poll(async () => (await namesInSight(page)).slice(0, among).some(matches), { timeout: 30_000 })
    .toBe(true)
}

export async function searchFor(page: Page, words: string): Promise<void> {
  await page.getByRole('searchbox').fill(words)
}

/** What the page says about its results. */
export function status(page: Page) {
  return page.locator('.status [role=status]')
}

/** How far adding is. */
export function indexing(page: Page) {
  return page.locator('index-progress section')
}

/** What the page has to say beside its results. */
export function notices(page: Page) {
  return page.locator('notice-list [role=status]')
}

/** A folder of real pictures with subfolders, removed with `remove`. */
export function pictureFolder(files: Record<string, string | Uint8Array>) {
  const scratch = mkdtempSync(join(tmpdir(), 'picfind-e2e-'))
  const path = join(scratch, 'holiday')
  for (const [name, content] of Object.entries(files)) {
    const target = join(path, name)
    mkdirSync(dirname(target), { recursive: true })
    if (typeof content === 'string') cpSync(join(starterFolder, content), target)
    else writeFileSync(target, content)
  }
  return { path, remove: () => rmSync(scratch, { recursive: true, force: true }) }
}

export function starterBytes(name: string): Buffer {
  return readFileSync(join(starterFolder, name))
}

/** Makes the page use an `<input webkitdirectory>`, as browsers without a directory picker have it. */
export async function withoutDirectoryPicker(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'showDirectoryPicker')
  })
}

/** Chooses “A folder …” in the page and a folder in the browser's dialog. */
export async function pickFolder(page: Page, folder: string): Promise<void> {
  await page.getByRole('button', { name: 'Add pictures' }).click()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: 'A folder' }).click()
  await (await chooser).setFiles(folder)
}

/** Drops a file or a folder of the disk on the page. */
export async function dropFromDisk(page: Page, path: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data })
  await drag('dragEnter')
  await drag('dragOver')
  // The browser drops only what the page has said by then that it takes.
  await page.getByText('Add to my pictures').waitFor()
  await drag('dragOver')
  await drag('drop')
}

export async function openManageDialog(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Libraries' }).click()
  await page.getByRole('menuitem', { name: 'Folders and storage' }).click()
}

/** Names of what the page's private file system holds of libraries. */
export function storedNames(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    const folder = await root.getDirectoryHandle('picfind').catch(() => undefined)
    const names: string[] = []
    if (folder) for await (const name of folder.keys()) names.push(name)
    return names
  })
}
