/** The page as an app: what Chromium itself says of it. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newContext, openPage, servePlainly, useChromium, useSite } from './harness.ts'

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

test.each(['/', '/apps/my pictures/'])('the page can be installed at %s', async path => {
  const url = path === '/' ? site.url : await servePlainly(site.url, encodeURI(path))
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
