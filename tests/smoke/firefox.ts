/** Debian's Firefox by WebDriver BiDi, which Playwright cannot drive it by. */
import { launch } from 'puppeteer-core'
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
    evaluate: (action, ...args) => page.evaluate(action, ...args),
    type: text => page.keyboard.type(text),
    async chooseFiles(selector, paths) {
      const input = await page.waitForSelector(`input${selector}`)
      await input?.uploadFile(...paths)
    },
  }
  return { tab, complaints: () => complaints.splice(0), close: () => browser.close() }
}
