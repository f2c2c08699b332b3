import type { CDPSession, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { namesInSight, newContext, openPage, picture, useChromium, useSite } from './harness.ts'

useChromium()
const site = useSite()

interface Point {
  x: number
  y: number
}

async function openOnPhone(): Promise<{ page: Page; finger: Finger }> {
  const context = await newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
  const page = await openPage(context, site.url)
  return { page, finger: new Finger(await context.newCDPSession(page)) }
}

/** Touches as the screen reports them; the browser makes of them what it does for a person. */
class Finger {
  readonly #devtools: CDPSession

  constructor(devtools: CDPSession) {
    this.#devtools = devtools
  }

  async down(at: Point): Promise<void> {
    await this.#devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] })
  }

  async up(): Promise<void> {
    await this.#devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }

  async swipe(from: Point, across: number, along: number): Promise<void> {
    await this.down(from)
    for (let step = 1; step <= 5; step++) {
      const at = { x: from.x + (across * step) / 5, y: from.y + (along * step) / 5 }
      await this.#devtools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [at] })
    }
    await this.up()
  }
}

async function middleOf(page: Page, selector: string): Promise<Point> {
  const box = await page.locator(selector).first().boundingBox()
  if (!box) throw new Error(`${selector} is not in sight`)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

test('a swipe in the large view turns to the next picture and back, a scroll does not', async () => {
  const { page, finger } = await openOnPhone()
  const [first = '', second = ''] = await namesInSight(page)
  await picture(page, 0).tap()
  const heading = page.getByRole('dialog').getByRole('heading')
  await page.getByRole('dialog').locator('.stage img').waitFor()
  const middle = await middleOf(page, 'large-view .stage')
  await finger.swipe(middle, -140, 10)
  await expect.poll(() => heading.textContent()).toBe(second)
  await finger.swipe(middle, 20, -140)
  await finger.swipe(middle, 140, -10)
  await expect.poll(() => heading.textContent()).toBe(first)
})

test('a finger that rests on a picture selects it, and the next tap another', async () => {
  const { page, finger } = await openOnPhone()
  await finger.down(await middleOf(page, '[data-place="1"]'))
  await page.getByRole('toolbar', { name: '1 selected' }).waitFor()
  await finger.up()
  await picture(page, 0).tap()
  await page.getByRole('toolbar', { name: '2 selected' }).waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
})
