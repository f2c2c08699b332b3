/** Debian's Firefox by WebDriver BiDi, which Playwright cannot drive it by. */
import { type ElementHandle, launch } from 'puppeteer-core'
import type { SmokeBrowser, Tab } from './tab.ts'

export async function startFirefox(): Promise<SmokeBrowser> {
  const browser = await launch({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true })
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  const tab: Tab = {
    async open(url) {
      await page.goto(url)
    },
    // Its type would have handles of elements among the arguments.
    evaluate: (action, ...args) => page.evaluate(action as never, ...args) as Promise<never>,
    type: text => page.keyboard.type(text),
    async chooseFiles(selector, paths) {
      const input = await page.waitForSelector(selector)
      await (input as ElementHandle<HTMLInputElement>).uploadFile(...paths)
    },
  }
  return { tab, keeps: true, complaints: () => complaints.splice(0), close: () => browser.close() }
}
