import { expect, test } from 'vitest'
import {
  expectFirst,
  newContext,
  notices,
  openManageDialog,
  openPage,
  searchFor,
  startSite,
  useChromium,
} from './harness.ts'

useChromium()

test('after the first load everything works without the site', async () => {
  const site = await startSite()
  const page = await openPage(await newContext(), site.url)
  await openManageDialog(page)
  await page.getByText('Ready to work offline').waitFor({ timeout: 60_000 })

  await site.close()
  await page.goto(site.url)
  await searchFor(page, 'moose')
  await expectFirst(page, 'bull-moose-lying-in-a-meadow.jpg')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Search by a picture' }).click()
  const toad = new URL('../../web/app/starter/pictures/orange-toad-on-a-leaf.jpg', import.meta.url)
  await (await chooser).setFiles(toad.pathname)
  await expectFirst(page, 'orange-toad-on-a-leaf.jpg')
  expect(await notices(page).textContent()).not.toMatch(/\w/)
})
