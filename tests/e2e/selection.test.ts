import { readFileSync } from 'node:fs'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  namesInSight,
  newContext,
  openPage,
  picture,
  type Site,
  starterBytes,
  startSite,
  useChromium,
} from './harness.ts'

useChromium()

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())

test('several pictures are selected and saved as a zip of the originals', async () => {
  const page = await openPage(await newContext(), site.url)
  const names = (await namesInSight(page)).slice(0, 3)
  await picture(page, 0).hover()
  await page.getByRole('checkbox', { name: `Select ${names[0]}` }).click()
  await picture(page, 2).click({ modifiers: ['Shift'] })
  await page.getByRole('toolbar', { name: '3 selected' }).waitFor()

  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as zip' }).click()
  const files = unzipSync(readFileSync(await (await download).path()))
  expect(Object.keys(files).sort()).toEqual(names.map(name => `starter/${name}`).sort())
  for (const name of names) expect(starterBytes(name).equals(files[`starter/${name}`]!)).toBe(true)
})

test('the paths of selected pictures are copied', async () => {
  const context = await newContext()
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await openPage(context, site.url)
  const [name] = await namesInSight(page)
  await picture(page, 0).click({ modifiers: ['Control'] })
  await page.getByRole('button', { name: 'Copy paths' }).click()
  await page.getByText('1 path copied.').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`starter/${name}`)
})
