/** The page as an app: what Chromium itself says of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { newContext, openPage, useChromium, useSite } from './harness.ts'

useChromium()
const site = useSite()

async function appOf(page: Page) {
  const devtools = await page.context().newCDPSession(page)
  await page.evaluate(() => navigator.serviceWorker.ready)
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  const { errors, url, data } = await devtools.send('Page.getAppManifest')
  return { installabilityErrors, errors, url, manifest: JSON.parse(data ?? '') as AppManifest }
}

interface AppManifest {
  start_url: string
  scope: string
  icons: { src: string; sizes: string; purpose: string }[]
}

/** The page under a path of a host, as any host may have it. */
async function serveUnder(path: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const inside = request.url?.startsWith(path) ? request.url.slice(path.length) : undefined
    const answer = inside === undefined ? undefined : await fetch(site.url + inside)
    if (!answer?.ok) return void response.writeHead(404).end()
    const type = answer.headers.get('content-type') ?? 'application/octet-stream'
    response.writeHead(200, { 'Content-Type': type }).end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
}

test.each(['/', '/apps/my pictures/'])('the page can be installed at %s', async path => {
  const url = path === '/' ? site.url : await serveUnder(encodeURI(path))
  // An incognito context, as tests have them, is the one thing that keeps it from being installed.
  const page = await openPage(await newContext(), url)
  const { installabilityErrors, errors, manifest, url: manifestUrl } = await appOf(page)
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito'])
  expect(errors).toEqual([])
  for (const address of [manifest.start_url, manifest.scope]) expect(new URL(address, manifestUrl).href).toBe(url)
  for (const { src, sizes } of manifest.icons) {
    const side = await page.evaluate(async address => {
      const image = new Image()
      image.src = address
      await image.decode()
      return image.naturalWidth
    }, new URL(src, manifestUrl).href)
    if (sizes !== 'any') expect(`${side}x${side}`).toBe(sizes)
  }
  expect(manifest.icons.map(({ purpose }) => purpose)).toContain('maskable')
})

test('the page offers to install it where the browser lets it ask', async () => {
  const page = await openPage(await newContext(), site.url)
  expect(await page.getByRole('button', { name: 'Install as an app' }).count()).toBe(0)
  // Headless Chromium never offers it by itself.
  await page.evaluate(() => {
    const offer = Object.assign(new Event('beforeinstallprompt'), {
      prompt: async () => {
        document.title = 'asked'
      },
    })
    dispatchEvent(offer)
  })
  await page.getByRole('button', { name: 'Install as an app' }).click()
  await expect.poll(() => page.title()).toBe('asked')
  expect(await page.getByRole('button', { name: 'Install as an app' }).count()).toBe(0)
})
