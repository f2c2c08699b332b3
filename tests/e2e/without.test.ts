import { expect, test } from 'vitest'
import {
  expectComplaints,
  expectFirst,
  newContext,
  notices,
  openPage,
  searchFor,
  starterFolder,
  status,
  useChromium,
  useSite,
} from './harness.ts'

useChromium()

const site = useSite('0.0.0.0')

test('without a secure address everything works in memory, and the page says so', async () => {
  expectComplaints(/Cross-Origin-Opener-Policy header has been ignored/)
  const address = site.url.replace('localhost', 'house.test')
  const page = await openPage(await newContext(), address)
  await searchFor(page, 'moose')
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')

  await page.getByRole('button', { name: 'Add pictures' }).click()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: 'Single pictures' }).click()
  await (await chooser).setFiles(`${starterFolder}stone-windmill.jpg`)
  await expect.poll(() => notices(page).textContent()).toContain('kept only until it is closed')
  await expect.poll(() => status(page).textContent(), { timeout: 60_000 }).toBe('1 picture, newest first')

  // What was in memory is gone: the page begins as at the first visit.
  await page.goto(address)
  await expect.poll(() => status(page).textContent(), { timeout: 60_000 }).toBe('60 pictures, newest first')
})

test('a model that cannot be downloaded is said in words, and the libraries stay', async () => {
  expectComplaints(/Failed to load resource/)
  const context = await newContext()
  await context.route(/huggingface\.co/, route => route.fulfill({ status: 404, body: 'Not found' }))
  const page = await openPage(context, site.url)
  await page.getByRole('button', { name: 'Model: Picfind mini' }).click()
  const panel = page.locator('model-panel')
  await panel.getByText('weak on actions, weather, moods and scenes').waitFor()
  await panel.getByRole('button', { name: 'Download and start a library' }).first().click()
  await page.getByRole('button', { name: 'Add pictures' }).click()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: 'Single pictures' }).click()
  await (await chooser).setFiles(`${starterFolder}stone-windmill.jpg`)
  await expect.poll(() => notices(page).textContent(), { timeout: 30_000 }).toContain('huggingface.co')

  await page.goto(`${site.url}?library=starter&q=moose`)
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
})
