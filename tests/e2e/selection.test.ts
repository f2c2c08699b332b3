import { readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import {
  namesInSight,
  newContext,
  openPage,
  pickFolder,
  picture,
  pictureFolder,
  starterBytes,
  useChromium,
  useSite,
  withoutDirectoryPicker,
} from './harness.ts'

useChromium()

const site = useSite()

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

test('files in a zip have the times of their pictures, as far as a zip can tell them', async () => {
  const folder = pictureFolder({ 'old.jpg': 'stone-windmill.jpg', 'new.jpg': 'roman-colosseum.jpg' })
  const taken = new Date(2017, 6, 14, 12, 30, 8)
  utimesSync(join(folder.path, 'old.jpg'), 0, 0)
  utimesSync(join(folder.path, 'new.jpg'), taken, taken)
  const context = await newContext()
  await withoutDirectoryPicker(context)
  const page = await openPage(context, site.url)
  await pickFolder(page, folder.path)
  await picture(page, 1).waitFor({ timeout: 60_000 })
  await expect.poll(() => namesInSight(page)).toEqual(['new.jpg', 'old.jpg'])
  await picture(page, 0).click({ modifiers: ['Control'] })
  await picture(page, 1).click({ modifiers: ['Shift'] })
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as zip' }).click()
  const times = timesIn(readFileSync(await (await download).path()))
  expect(times['holiday/new.jpg']).toEqual(taken)
  expect(times['holiday/old.jpg']?.getFullYear()).toBe(1980)
  folder.remove()
})

/** The times a zip names for its files, in seconds, local as zips have them: APPNOTE 4.4.6, from the central directory. */
function timesIn(zip: Buffer): Record<string, Date> {
  const times: Record<string, Date> = {}
  const entry = Buffer.from('PK\x01\x02', 'latin1')
  for (let at = zip.indexOf(entry); at >= 0; at = zip.indexOf(entry, at + 1)) {
    const [time, date] = [zip.readUInt16LE(at + 12), zip.readUInt16LE(at + 14)]
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28))
    const [year, month, day] = [(date >> 9) + 1980, ((date >> 5) & 15) - 1, date & 31]
    times[name] = new Date(year, month, day, time >> 11, (time >> 5) & 63, 2 * (time & 31))
  }
  return times
}

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
