import type { Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import {
  dropFromDisk,
  expectFirst,
  indexing,
  newContext,
  openManageDialog,
  openPage,
  pickFolder,
  picture,
  pictureFolder,
  searchFor,
  starterBytes,
  status,
  useChromium,
  useSite,
  withoutDirectoryPicker,
} from './harness.ts'

useChromium()

const folder = pictureFolder({
  'animals/moose.jpg': 'bull-moose-lying-in-a-meadow.jpg',
  'animals/cat.jpg': 'face-of-a-tabby-cat.jpg',
  'animals/small/toad.jpg': 'orange-toad-on-a-leaf.jpg',
  'buildings/windmill.jpg': 'stone-windmill.jpg',
  'buildings/colosseum.jpg': 'roman-colosseum.jpg',
  'private/astronaut.jpg': 'astronaut-in-orange-suit.jpg',
  'espresso.jpg': 'espresso-in-a-red-cup.jpg',
  'cut-off.jpg': starterBytes('stone-windmill.jpg').subarray(0, 4000),
  'empty.png': new Uint8Array(),
  'letter.jpg': new TextEncoder().encode('Dear all, this is no picture.'),
})

const site = useSite()
afterAll(folder.remove)

/** Adds the folder without its private subfolder and waits until all of it is in. */
async function addFolder(page: Page): Promise<void> {
  await pickFolder(page, folder.path)
  const dialog = page.locator('folder-dialog')
  await dialog.getByRole('checkbox', { name: 'private' }).uncheck()
  await dialog.getByRole('button', { name: 'Start' }).click()
  await expect.poll(() => indexing(page).textContent(), { timeout: 60_000 }).toContain('6 pictures added')
}

test('a folder is indexed, searched, and still there after a reload', async () => {
  const context = await newContext()
  await withoutDirectoryPicker(context)
  const page = await openPage(context, site.url)
  await addFolder(page)
  await expect.poll(() => status(page).textContent()).toBe('6 pictures, newest first')

  await page.getByRole('button', { name: '3 skipped' }).click()
  const skipped = page.locator('skipped-list')
  for (const name of ['cut-off.jpg', 'empty.png', 'letter.jpg']) await skipped.getByText(name).first().waitFor()
  await page.keyboard.press('Escape')

  await searchFor(page, 'moose')
  await expectFirst(page, 'moose.jpg')
  await page.reload()
  await expectFirst(page, 'moose.jpg')
  expect(await page.getByRole('searchbox').inputValue()).toBe('moose')

  await picture(page, 0).click()
  await expect.poll(() => page.getByRole('dialog').textContent()).toContain('This is the thumbnail')
})

test('a folder that is dropped on the page is added as a whole', async () => {
  const page = await openPage(await newContext(), site.url)
  await dropFromDisk(page, `${folder.path}/animals`)
  await expect.poll(() => indexing(page).textContent(), { timeout: 60_000 }).toContain('3 pictures added')
  await expect.poll(() => status(page).textContent()).toBe('3 pictures, newest first')
})

test('a second tab follows the first', async () => {
  const context = await newContext()
  await withoutDirectoryPicker(context)
  const first = await openPage(context, site.url)
  await addFolder(first)
  const second = await openPage(context, site.url)
  await expect.poll(() => status(second).textContent()).toBe('6 pictures, newest first')

  await openManageDialog(first)
  await first.getByRole('button', { name: 'Remove', exact: true }).click()
  await first.locator('confirm-dialog').getByRole('button', { name: 'Remove' }).click()
  for (const page of [first, second])
    await expect.poll(() => status(page).textContent()).toBe('0 pictures, newest first')
})

test('single pictures join the library, and a library is removed after one question', async () => {
  const context = await newContext()
  const page = await openPage(context, site.url)
  await page.getByRole('button', { name: 'Add pictures' }).click()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: 'Single pictures' }).click()
  await (await chooser).setFiles([`${folder.path}/espresso.jpg`, `${folder.path}/animals/cat.jpg`])
  await expect.poll(() => status(page).textContent(), { timeout: 60_000 }).toBe('2 pictures, newest first')

  await openManageDialog(page)
  await page.getByRole('button', { name: 'Remove this library' }).click()
  await page.locator('confirm-dialog').getByRole('button', { name: 'Remove' }).click()
  await expect.poll(() => status(page).textContent()).toBe('60 pictures, newest first')
  await page.getByRole('button', { name: 'Libraries' }).click()
  expect(await page.getByRole('menuitemradio').allTextContents()).toHaveLength(1)
})

test('a library that is removed in one tab is left in the other', async () => {
  const context = await newContext()
  const first = await openPage(context, site.url)
  await first.getByRole('button', { name: 'Libraries' }).click()
  await first.getByRole('menuitem', { name: 'New library' }).click()
  await first.getByRole('textbox', { name: 'Name' }).fill('Trips')
  await first.getByRole('button', { name: 'Create' }).click()
  await expect.poll(() => status(first).textContent()).toBe('0 pictures, newest first')

  const second = await context.newPage()
  await second.goto(`${site.url}?library=Trips`)
  await expect.poll(() => status(second).textContent()).toBe('0 pictures, newest first')
  await openManageDialog(first)
  await first.getByRole('button', { name: 'Remove this library' }).click()
  await first.locator('confirm-dialog').getByRole('button', { name: 'Remove' }).click()
  for (const page of [first, second]) {
    await expect.poll(() => status(page).textContent()).toBe('60 pictures, newest first')
  }
  await second.getByText('There is no library “Trips” in this browser.').waitFor()
})

test('a Chinese page says in Chinese why files were skipped', async () => {
  const page = await openPage(await newContext({ locale: 'zh-CN' }), site.url)
  await page.getByRole('button', { name: '添加图片' }).click()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: '单张图片' }).click()
  await (await chooser).setFiles([`${folder.path}/empty.png`, `${folder.path}/letter.jpg`])
  await page.getByRole('button', { name: '跳过 2 个' }).click({ timeout: 60_000 })
  const skipped = page.locator('skipped-list')
  for (const line of [/^empty\.png文件已损坏：.*empty/, /^letter\.jpg不是可以读取的图片格式：.*Dear/]) {
    await skipped.getByRole('listitem').filter({ hasText: line }).waitFor()
  }
})

test('a directory handle is remembered: only changes are indexed when it is looked through again', async () => {
  const context = await newContext()
  // The browser's own dialog cannot be operated here; the handle it would give is a real one.
  await context.addInitScript(() => {
    Object.assign(globalThis, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('trip', { create: true }),
    })
  })
  const page = await openPage(context, site.url)
  const put = (name: string, from: string) =>
    page.evaluate(
      async ([name, bytes]) => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('trip', { create: true })
        const stream = await (await folder.getFileHandle(name, { create: true })).createWritable()
        await stream.write(Uint8Array.from(bytes))
        await stream.close()
      },
      [name, [...starterBytes(from)]] as const,
    )
  await put('moose.jpg', 'bull-moose-lying-in-a-meadow.jpg')
  await put('toad.jpg', 'orange-toad-on-a-leaf.jpg')
  await page.getByRole('button', { name: 'Add pictures' }).click()
  await page.getByRole('menuitem', { name: 'A folder' }).click()
  const progress = indexing(page)
  await expect.poll(() => progress.textContent(), { timeout: 60_000 }).toContain('2 pictures added')

  await page.reload()
  await picture(page, 1).waitFor()
  await put('cat.jpg', 'face-of-a-tabby-cat.jpg')
  await openManageDialog(page)
  await page.getByRole('button', { name: 'Look for changes' }).click()
  await expect.poll(() => progress.textContent(), { timeout: 60_000 }).toContain('1 picture added, 2 unchanged')

  await searchFor(page, 'toad')
  await expectFirst(page, 'toad.jpg')
  await picture(page, 0).click()
  const image = page.getByRole('dialog').locator('.stage img')
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(320)
})

test('indexing pauses, answers meanwhile, and goes on', async () => {
  const many = pictureFolder(
    Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`moose ${i}.jpg`, withComment('bull-moose-lying-in-a-meadow.jpg', i)]),
    ),
  )
  const context = await newContext()
  await withoutDirectoryPicker(context)
  const page = await openPage(context, site.url)
  await pickFolder(page, many.path)
  const progress = indexing(page)
  await expect.poll(() => progress.textContent(), { timeout: 60_000, interval: 20 }).toMatch(/[1-9]\d* of 40/)
  await progress.getByRole('button', { name: 'Pause' }).click()
  await expect.poll(() => progress.textContent()).toContain('Paused')
  const done = async () => Number(/(\d+) of 40/.exec((await progress.textContent()) ?? '')?.[1])
  expect(await done()).toBeLessThan(40)
  await searchFor(page, 'moose')
  await expectFirst(page, /^moose/)

  await progress.getByRole('button', { name: 'Resume' }).click()
  await expect.poll(() => progress.textContent(), { timeout: 60_000 }).toContain('added')
  await expect.poll(() => status(page).textContent()).toBe('“moose”: 40 pictures, best first')
  many.remove()
})

/** A JPEG with a comment segment, so that files of one picture have different hashes. */
function withComment(name: string, n: number): Uint8Array {
  const jpeg = starterBytes(name)
  return Buffer.concat([jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xfe, 0, 3, n), jpeg.subarray(2)])
}
