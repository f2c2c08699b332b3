/** The list of all libraries: what they take, and getting rid of it. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { seriousFindings } from './axe.ts'
import { newContext, openPage, starterFolder, status, storedNames, useChromium, useSite } from './harness.ts'

useChromium()
const site = useSite()

interface Labels {
  libraries: string
  all: string
  address: string
  add: string
  single: string
  save: string
}

const english: Labels = {
  libraries: 'Libraries:',
  all: 'All libraries',
  address: 'Open by address',
  add: 'Add pictures',
  single: 'Single pictures',
  save: 'Save as bundle',
}
const chinese: Labels = {
  libraries: '图库：',
  all: '所有图库',
  address: '按地址打开',
  add: '添加图片',
  single: '单张图片',
  save: '保存为图库包',
}

async function choose(page: Page, item: string, { libraries } = english): Promise<void> {
  await page.getByRole('button', { name: libraries }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function addPicture(page: Page, { add, single } = english): Promise<void> {
  await page.getByRole('button', { name: add, exact: true }).click()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: single }).click()
  await (await chooser).setFiles(`${starterFolder}stone-windmill.jpg`)
  await expect.poll(() => status(page).textContent(), { timeout: 60_000 }).toMatch(/^1 /)
}

const entry = (page: Page, name: string) =>
  page.locator('libraries-dialog').getByRole('listitem').filter({ hasText: name })

test('a visit begins with the library that pictures went to, though another was opened later', async () => {
  const context = await newContext()
  const page = await context.newPage()
  let release = () => {}
  const added = new Promise<void>(resolve => {
    release = resolve
  })
  await context.route('**/starter/library/*', async route => {
    await added
    await route.continue()
  })
  await page.goto(site.url)
  await addPicture(page)
  // The last file that opening takes.
  const opened = page.waitForResponse(/\/starter\/library\/[0-9a-f]{64}$/)
  release()
  await opened
  await page.goto(site.url)
  await expect.poll(() => status(page).textContent(), { timeout: 30_000 }).toBe('1 picture, newest first')
})

test('each library says what it takes, and gives it back after one question', async () => {
  const page = await openPage(await newContext(), site.url)
  await addPicture(page)
  await choose(page, 'All libraries')
  await expect.poll(() => entry(page, 'Starter pictures').textContent()).toMatch(/\d kB/)
  await expect.poll(() => entry(page, 'My pictures').textContent()).toMatch(/\d kB/)
  await page.locator('libraries-dialog').getByText('keeps in this browser').waitFor()

  // What others have stored at this address stays.
  await page.evaluate(async () => {
    await (await caches.open('of another app')).put('/theirs', new Response('theirs'))
    await (await caches.open('picfind-files')).put(`${location.origin}/other/library/manifest.json`, new Response('{}'))
    const root = await navigator.storage.getDirectory()
    const folder = await (await root.getDirectoryHandle('picfind')).getDirectoryHandle('%2Fother%2F%3Ahers', {
      create: true,
    })
    await folder.getFileHandle('manifest-a', { create: true })
  })
  for (const [library, button] of [
    ['Starter pictures', 'Free its space'],
    ['My pictures', 'Remove'],
  ] as const) {
    await page.keyboard.press('Escape')
    await choose(page, 'All libraries')
    await entry(page, library).getByRole('button', { name: button }).click()
    await page.locator('confirm-dialog').getByRole('button', { name: button }).click()
    await page.locator('confirm-dialog').waitFor({ state: 'detached' })
  }
  await expect.poll(() => status(page).textContent()).toBe('60 pictures, newest first')
  expect(await storedNames(page)).toEqual(['%2Fother%2F%3Ahers'])
  const theirs = () =>
    Promise.all([caches.match('/theirs'), caches.match('/other/library/manifest.json')]).then(all => all.every(Boolean))
  expect(await page.evaluate(theirs)).toBe(true)
})

test('the list is opened, used and left with the keyboard', async () => {
  const page = await openPage(await newContext(), site.url)
  await addPicture(page)
  await page.getByRole('button', { name: 'Libraries:' }).focus()
  await page.keyboard.press('Enter')
  const first = page.getByRole('menuitemradio').first()
  await expect.poll(() => first.evaluate(item => item.matches(':focus'))).toBe(true)
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  const list = page.locator('libraries-dialog')
  await list.getByRole('heading', { name: 'Libraries' }).waitFor()
  const open = list.getByRole('button', { name: 'Open: Starter pictures' })
  for (let presses = 0; presses < 5; presses++) {
    if (await open.evaluate(button => button.matches(':focus'))) break
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await expect.poll(() => status(page).textContent()).toBe('60 pictures, newest first')
  expect(await list.count()).toBe(0)
})

test.each([
  ['light', 'en-GB', english],
  ['dark', 'zh-CN', chinese],
] as const)(
  'on a phone nothing is cut off and axe finds nothing serious, %s, %s',
  async (colorScheme, locale, labels) => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
    const page = await openPage(await newContext({ ...phone, colorScheme, locale }), site.url)
    await addPicture(page, labels)
    const expectSound = async () => {
      const wider = () => document.documentElement.scrollWidth - document.documentElement.clientWidth
      expect(await page.evaluate(wider)).toBe(0)
      const dialog = page.locator('dialog[open]')
      expect(await dialog.evaluate(box => box.scrollWidth - box.clientWidth)).toBe(0)
      expect(await seriousFindings(page)).toEqual([])
    }
    await choose(page, labels.all, labels)
    await entry(page, 'kB').first().waitFor()
    await expectSound()
    await page.locator('libraries-dialog').getByRole('button', { name: labels.save }).click()
    await page.getByRole('radio').nth(1).check()
    await expectSound()
    await page.keyboard.press('Escape')
    await choose(page, labels.address, labels)
    await page.locator('address-dialog').getByRole('textbox').fill('ftp://example.org')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('ftp://example.org').waitFor()
    await expectSound()
  },
)
