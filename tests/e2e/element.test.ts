import type {} from 'picfind/element'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { seriousFindings } from './axe.ts'
import { alts, box, find, names, openTab, pictures, recordOf, useHosts } from './element-site.ts'
import { useChromium } from './harness.ts'

useChromium()
const hosts = useHosts()

/** Where the keyboard is: the accessible name of the element, inside whatever components. */
const focused = (tab: Page) =>
  tab.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    const image = element?.querySelector('img')
    return image?.alt ?? element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
  })

describe('quick search', () => {
  it('answers words as they are typed, with pictures that link to the pages that show them', async () => {
    const { url, asked } = await hosts.serveBundle()
    const tab = await openTab(url)
    await box(tab).waitFor()
    expect(asked.filter(path => /picfind\/[0-9a-f]{64}/.test(path))).toEqual([])
    await find(tab, 'snowy')
    expect(await alts(tab)).toEqual(['birds over a snowy mountain', 'snowy mountains above a lake'])
    expect(await pictures(tab).first().getAttribute('href')).toBe(`${url}blog/birds-over-a-snowy-mountain.html`)
    expect(await tab.getByRole('status').first().textContent()).toContain('“snowy”: 2 pictures')
    expect(asked.filter(path => /core|runtime|worker/.test(path))).toEqual([])
  })

  it('finds more like a picture', async () => {
    const { url } = await hosts.serveBundle()
    const tab = await openTab(url)
    await find(tab, 'tea')
    await tab.getByRole('button', { name: 'More like green tea fields' }).click()
    await tab.getByText('Like green tea fields: 20 pictures').waitFor()
    expect((await alts(tab))[0]).toBe('grey gravel')
    await tab.getByRole('button', { name: 'Show more' }).click()
    await tab.getByText('Like green tea fields: 40 pictures').waitFor()
    await tab.getByRole('button', { name: 'Clear the search' }).click()
    await expect.poll(() => pictures(tab).count()).toBe(0)
  })

  it('leads to the picture where no page shows it, and nowhere an address that is none of the web would', async () => {
    const record = { ...recordOf('a #1 50%.jpg'), alt: 'odd name' }
    const records = [
      { ...record, pages: undefined },
      { ...record, pages: [{ url: 'javascript:alert(1)', title: 'x' }] },
    ]
    const { url, files } = await hosts.serveBundle(undefined, { records })
    files.set(`pictures/${record.path}`, files.get(`pictures/${names[0]}`)!)
    const tab = await openTab(url)
    await box(tab).fill('odd')
    await pictures(tab).nth(1).waitFor()
    const links = await pictures(tab).evaluateAll(links => links.map(link => link.getAttribute('href')))
    expect(links).toEqual(Array(2).fill(`${url}pictures/a%20%231%2050%25.jpg`))
  })

  it('shows HTML in what others wrote as text', async () => {
    const attack = '<img src=x onerror="document.title=1">bird'
    const records = [
      { ...recordOf(names[0]!), alt: attack, title: '<b>bold</b>' },
      { ...recordOf(names[1]!), alt: undefined, caption: attack },
      { ...recordOf(`${attack}.jpg`), alt: undefined },
    ]
    const { url, files } = await hosts.serveBundle(undefined, { records })
    files.set(`pictures/${attack}.jpg`, files.get(`pictures/${names[0]}`)!)
    const tab = await openTab(url)
    await find(tab, 'bird')
    expect(await alts(tab)).toEqual([attack, attack, attack])
    await tab.getByText('<b>bold</b>').waitFor()
    expect(await tab.title()).toBe('A site')
  })

  it('tells the page of results and of what is opened, which the page may take over', async () => {
    const { url } = await hosts.serveBundle()
    const tab = await openTab(url)
    await tab.evaluate(() => {
      const heard: unknown[] = []
      Object.assign(globalThis, { heard })
      document.addEventListener('picfind-results', event =>
        heard.push([event.detail.query, event.detail.results.length]),
      )
      document.addEventListener('picfind-open', event => {
        event.preventDefault()
        heard.push(event.detail.record.id)
      })
    })
    await find(tab, 'toad')
    await pictures(tab).first().click()
    expect(await tab.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard)).toEqual([
      [{ words: 'toad' }, 1],
      'starter/orange-toad-on-a-leaf.jpg',
    ])
    expect(tab.url()).toBe(url)
  })

  it('reads and writes the address when asked, and leaves the rest of it alone', async () => {
    const { url } = await hosts.serveBundle('<picfind-search sync-url></picfind-search>')
    const tab = await openTab(`${url}?page=2&q=toad#here`)
    await pictures(tab).first().waitFor()
    expect(await box(tab).inputValue()).toBe('toad')
    await box(tab).fill('otter')
    await expect.poll(() => alts(tab)).toEqual(['otter beside water'])
    expect(tab.url()).toBe(`${url}?page=2&q=otter#here`)
    await tab.getByRole('button', { name: 'Clear the search' }).click()
    expect(tab.url()).toBe(`${url}?page=2#here`)
  })

  it('leaves the address alone when not asked', async () => {
    const { url } = await hosts.serveBundle()
    const tab = await openTab(`${url}?q=toad`)
    await find(tab, 'otter')
    expect(tab.url()).toBe(`${url}?q=toad`)
  })
})

describe('two elements on one page', () => {
  it('answer on their own and load everything once', async () => {
    const { url, asked } = await hosts.serveBundle(
      '<picfind-search id="a"></picfind-search><picfind-search id="b" bundle="picfind"></picfind-search>',
    )
    const tab = await openTab(url)
    await find(tab.locator('#a'), 'toad')
    await find(tab.locator('#b'), 'otter')
    expect(await alts(tab.locator('#a'))).toEqual(['orange toad on a leaf'])
    expect(await alts(tab.locator('#b'))).toEqual(['otter beside water'])
    const hashed = asked.filter(path => /picfind\/[0-9a-f]{64}/.test(path))
    expect(hashed.length).toBe(new Set(hashed).size)
  })
})

describe('words', () => {
  it.each([
    ['zh', '搜索图片'],
    ['zh-TW', '搜索图片'],
    ['en', 'Search pictures'],
    ['fi', 'Search pictures'],
  ])('are chosen by the language %s', async (language, label) => {
    const { url } = await hosts.serveBundle(`<picfind-search language="${language}"></picfind-search>`)
    const tab = await openTab(url)
    await tab.getByRole('searchbox', { name: label }).waitFor()
  })

  it('follow the page where the element names none, and its placeholder is the page’s own', async () => {
    const { url } = await hosts.serveBundle('<div lang="zh"><picfind-search placeholder="找茶"></picfind-search></div>')
    const tab = await openTab(url)
    await tab.getByRole('searchbox', { name: '搜索图片' }).waitFor()
    expect(await box(tab).getAttribute('placeholder')).toBe('找茶')
  })
})

describe('the keyboard alone', () => {
  it('searches, walks through the pictures and opens one', async () => {
    const { url, files } = await hosts.serveBundle()
    files.set('blog/birds-over-a-snowy-mountain.html', Buffer.from('<title>The birds</title>'))
    const tab = await openTab(url)
    await box(tab).waitFor()
    await tab.keyboard.press('Tab')
    await tab.keyboard.type('over a')
    await pictures(tab).first().waitFor()
    const [first, second] = await alts(tab)
    await tab.keyboard.press('ArrowDown')
    expect(await focused(tab)).toBe(first)
    await tab.keyboard.press('ArrowRight')
    expect(await focused(tab)).toBe(second)
    await tab.keyboard.press('Tab')
    expect(await focused(tab)).toBe(`More like ${second}`)
    await tab.keyboard.press('ArrowLeft')
    expect(await focused(tab)).toBe(first)
    await tab.keyboard.press('ArrowUp')
    expect(await focused(tab)).toBe('Search pictures')
    await tab.keyboard.press('ArrowDown')
    await tab.keyboard.press('Enter')
    await tab.waitForURL(/blog/)
    expect(await tab.title()).toBe('The birds')
  })

  it('opens, keeps to and closes the dialog of the modal variant', async () => {
    const { url } = await hosts.serveBundle(
      '<button>Before</button><picfind-search modal></picfind-search><a href="#x">After</a>',
    )
    const tab = await openTab(url)
    await tab.getByRole('button', { name: 'Search pictures' }).waitFor()
    await tab.getByRole('button', { name: 'Before' }).focus()
    await tab.keyboard.press('Control+k')
    expect(await focused(tab)).toBe('Search pictures')
    await tab.keyboard.type('toad')
    await pictures(tab).first().waitFor()
    const stops = new Set<string>()
    for (let i = 0; i < 14; i++) {
      await tab.keyboard.press('Tab')
      stops.add(await focused(tab))
    }
    expect(stops).toContain('More like orange toad on a leaf')
    expect(stops).not.toContain('Before')
    expect(stops).not.toContain('After')
    await box(tab).focus()
    await tab.keyboard.press('Escape')
    await expect.poll(() => tab.getByRole('dialog').count()).toBe(0)
    expect(await focused(tab)).toBe('Before')
    await tab.keyboard.press('Meta+k')
    await tab.getByRole('dialog').waitFor()
    expect(await box(tab).inputValue()).toBe('toad')
    await tab.keyboard.press('Control+k')
    await expect.poll(() => tab.getByRole('dialog').count()).toBe(0)
  })
})

describe('style', () => {
  const hostile = `* { font: 40px serif !important; color: red !important; letter-spacing: 9px !important; text-transform: uppercase !important }
    button, input, a, ul, li, img, p, div { display: inline !important; border: 9px solid red !important; margin: 30px !important; float: left }`
  const looks = (tab: Page) =>
    tab.locator('picfind-search').evaluate(host =>
      [...host.shadowRoot!.querySelectorAll('input, button, ul, li, a, img, .status')].map(element => {
        const { color, font, letterSpacing, textTransform, display, border, margin } = getComputedStyle(element)
        return { tag: element.localName, color, font, letterSpacing, textTransform, display, border, margin }
      }),
    )

  it('neither leaks in nor out', async () => {
    const body = '<picfind-search></picfind-search><p id="own"><button>Own</button> <input> <a href="#">link</a></p>'
    const [plain, odd] = await Promise.all([
      hosts.serveBundle(body),
      hosts.serveBundle(body, { head: '<link rel="stylesheet" href="site.css">' }),
    ])
    odd.files.set('site.css', Buffer.from(hostile))
    const own = (tab: Page) =>
      tab.locator('#own *').evaluateAll(elements => elements.map(element => ({ ...getComputedStyle(element) }).font))
    const plainTab = await openTab(plain.url)
    const before = await own(plainTab)
    await find(plainTab, 'toad')
    expect(await own(plainTab)).toEqual(before)
    const oddTab = await openTab(odd.url)
    await find(oddTab, 'toad')
    expect(await looks(oddTab)).toEqual(await looks(plainTab))
  })

  it('takes properties, parts, columns and a theme from the page', async () => {
    const { url } = await hosts.serveBundle('<picfind-search columns="3" theme="dark"></picfind-search>', {
      head: '<style>picfind-search { --picfind-accent: rgb(1, 2, 3) } picfind-search::part(input) { color: rgb(4, 5, 6) }</style>',
    })
    const tab = await openTab(url)
    await find(tab, 'a')
    const look = await tab.locator('picfind-search').evaluate(host => ({
      columns: getComputedStyle(host.shadowRoot!.querySelector('ul')!).gridTemplateColumns.split(' ').length,
      input: getComputedStyle(host.shadowRoot!.querySelector('input')!).color,
      paper: getComputedStyle(host.shadowRoot!.querySelector('.root')!).backgroundColor,
    }))
    expect(look).toEqual({ columns: 3, input: 'rgb(4, 5, 6)', paper: 'rgb(22, 22, 21)' })
  })

  it('fits a phone', async () => {
    const { url } = await hosts.serveBundle()
    const tab = await openTab(url, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true })
    await find(tab, 'a')
    const { scrollWidth, clientWidth } = await tab.evaluate(() => document.documentElement)
    expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    expect(scrollWidth).toBe(clientWidth)
    await tab.screenshot({ path: '/tmp/el-narrow.png' })
  })

  it.each(['light', 'dark'] as const)('leaves axe nothing serious to find, %s', async colorScheme => {
    const { url } = await hosts.serveBundle()
    const tab = await openTab(url, { colorScheme })
    expect(await seriousFindings(tab)).toEqual([])
    await find(tab, 'a')
    expect(await seriousFindings(tab)).toEqual([])
    await tab.screenshot({ path: `/tmp/el-${colorScheme}.png` })
  })

  it('leaves axe nothing serious to find in the dialog', async () => {
    const { url } = await hosts.serveBundle('<picfind-search modal></picfind-search>')
    const tab = await openTab(url)
    await tab.getByRole('button', { name: 'Search pictures' }).click()
    await find(tab, 'snow')
    expect(await seriousFindings(tab)).toEqual([])
    await tab.screenshot({ path: '/tmp/el-modal.png' })
  })
})
