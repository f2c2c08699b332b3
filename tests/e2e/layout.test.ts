import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectFirst, newContext, openPage, picture, searchFor, useChromium, useSite } from './harness.ts'

useChromium()

const site = useSite()

/** Pixels the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

test('nothing is cut off at the width of a phone', async () => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
  for (const locale of ['en-GB', 'zh-CN']) {
    const page = await openPage(await newContext({ ...phone, locale }), site.url)
    expect(await overflow(page)).toBe(0)
    await searchFor(page, 'moose')
    await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
    expect(await overflow(page)).toBe(0)
    await picture(page, 0).tap()
    await page.getByRole('dialog').waitFor()
    expect(await overflow(page)).toBe(0)
  }
})

test('the page is dark where the person wants it', async () => {
  const page = await openPage(await newContext({ colorScheme: 'dark' }), site.url)
  const lightness = await page.evaluate(() => {
    const [red = 255] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g)?.map(Number) ?? []
    return red
  })
  expect(lightness).toBeLessThan(64)
})

test('only the pictures near the window are in the document', async () => {
  const page = await openPage(await newContext({ viewport: { width: 360, height: 400 } }), site.url)
  expect(await page.locator('[data-place]').count()).toBeLessThan(30)
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
  await picture(page, 59).waitFor()
  expect(await page.locator('[data-place]').count()).toBeLessThan(30)
})
