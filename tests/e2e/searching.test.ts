import { expect, test } from 'vitest'
import {
  expectFirst,
  namesInSight,
  newContext,
  notices,
  openPage,
  picture,
  searchFor,
  starterBytes,
  status,
  useChromium,
  useSite,
} from './harness.ts'

useChromium()

const site = useSite()

test('the first visit shows the starter library and finds pictures by words', async () => {
  const page = await openPage(await newContext(), site.url)
  await expect.poll(() => status(page).textContent()).toMatch(/^60 pictures, newest first$/)
  expect(await page.getByRole('button', { name: 'Add a folder' }).isVisible()).toBe(true)

  await searchFor(page, 'espresso')
  await expectFirst(page, 'espresso-in-a-red-cup.jpg')
  expect(new URL(page.url()).searchParams.get('q')).toBe('espresso')
  await expect.poll(() => status(page).textContent()).toBe('“espresso”: 60 pictures, best first')
  const scores = await page.locator('.caption .numbers').allTextContents()
  expect(scores.map(Number)).toEqual(scores.map(Number).sort((a, b) => b - a))
})

test('Chinese words find the same pictures on a Chinese page', async () => {
  const page = await openPage(await newContext({ locale: 'zh-CN' }), site.url)
  await searchFor(page, '宇航员')
  await expectFirst(page, /astronaut|space/, 3)
  await expect.poll(() => status(page).textContent()).toContain('最相似在前')
  await page.getByRole('button', { name: 'English' }).click()
  await expect.poll(() => status(page).textContent()).toContain('best first')
})

test('a picture that is picked finds the pictures like it', async () => {
  const page = await openPage(await newContext(), site.url)
  const name = 'face-of-a-tabby-cat.jpg'
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Search by a picture' }).click()
  await (await chooser).setFiles({ name: 'mine.jpg', mimeType: 'image/jpeg', buffer: starterBytes(name) })
  await expectFirst(page, name)
  expect(await page.getByRole('search').textContent()).toContain('Like mine.jpg')

  await page.getByRole('button', { name: 'Clear the search' }).click()
  await expect.poll(() => status(page).textContent()).toContain('newest first')
})

test('a picture that is pasted or dropped finds the pictures like it', async () => {
  const page = await openPage(await newContext(), site.url)
  const give = (how: 'paste' | 'drop', name: string) =>
    page.evaluate(
      ([how, bytes]) => {
        const transfer = new DataTransfer()
        transfer.items.add(new File([Uint8Array.from(bytes)], 'given.jpg', { type: 'image/jpeg' }))
        const bubbles = true
        if (how === 'paste') dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles }))
        else {
          for (const type of ['dragover', 'drop']) {
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles, cancelable: true }))
          }
        }
      },
      [how, [...starterBytes(name)]] as const,
    )
  await give('paste', 'orange-toad-on-a-leaf.jpg')
  await expectFirst(page, 'orange-toad-on-a-leaf.jpg')
  await give('drop', 'stone-windmill.jpg')
  await expectFirst(page, 'stone-windmill.jpg')
})

test('“More like this” leads to the next search, and Back to the one before', async () => {
  const page = await openPage(await newContext(), site.url)
  await searchFor(page, 'moose')
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
  const [first] = await namesInSight(page)
  await page.getByRole('button', { name: `More like this: ${first}` }).click()
  await expect.poll(() => status(page).textContent()).toContain(`Like ${first}`)
  await expect.poll(() => namesInSight(page)).not.toContain(first)

  await page.goBack()
  await expect.poll(() => status(page).textContent()).toContain('“moose”')
  expect(await page.getByRole('searchbox').inputValue()).toBe('moose')
  await page.goBack()
  await expect.poll(() => status(page).textContent()).toContain('newest first')
  await page.goForward()
  await expect.poll(() => status(page).textContent()).toContain('“moose”')
})

test('the large view shows the original and turns with the arrow keys', async () => {
  const page = await openPage(await newContext(), site.url)
  await searchFor(page, 'flowers')
  await expectFirst(page, /flower/)
  const [first = '', second = ''] = await namesInSight(page)
  await picture(page, 0).click()
  const view = page.getByRole('dialog')
  await view.getByRole('heading', { name: first }).waitFor()
  await expect.poll(() => view.locator('dl').textContent()).toMatch(/\d+ × \d+/)
  await expect
    .poll(() => view.locator('.stage img').evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBeGreaterThan(320)

  await page.keyboard.press('ArrowRight')
  await view.getByRole('heading', { name: second }).waitFor()
  expect(new URL(page.url()).searchParams.get('view')).toContain(second)

  await page.keyboard.press('Escape')
  await view.waitFor({ state: 'detached' })
  expect(new URL(page.url()).searchParams.has('view')).toBe(false)
  await page.goForward()
  await view.getByRole('heading', { name: second }).waitFor()
})

test('an address opens the picture and the search it names', async () => {
  const page = await openPage(
    await newContext(),
    `${site.url}?q=moose&view=${encodeURIComponent('starter/stone-windmill.jpg')}`,
  )
  await page.getByRole('dialog').getByRole('heading', { name: 'stone-windmill.jpg' }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
})

test('the page can be used with the keyboard alone', async () => {
  const page = await openPage(await newContext(), site.url)
  await page.keyboard.press('/')
  await page.keyboard.type('moose')
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
  await page.keyboard.press('ArrowDown')
  const place = () =>
    page.evaluate(() => {
      let focused = document.activeElement
      while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement
      return Number((focused as HTMLElement).dataset.place)
    })
  await expect.poll(place).toBe(0)
  await page.keyboard.press('ArrowRight')
  await expect.poll(place).toBe(1)
  await page.keyboard.press('End')
  await expect.poll(place).toBe(59)
  await page.keyboard.press('Home')
  await expect.poll(place).toBe(0)
  await page.keyboard.press('Space')
  await page.getByRole('toolbar', { name: '1 selected' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('toolbar').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('heading', { name: 'bull-moose' }).waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(place).toBe(0)
})

test('a file that is no picture is refused in one sentence', async () => {
  const page = await openPage(await newContext(), site.url)
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Search by a picture' }).click()
  await (await chooser).setFiles({ name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') })
  await expect.poll(() => notices(page).textContent()).toContain('notes.jpg')
})
