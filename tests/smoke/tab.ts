/** What the smoke tests need of a browser: a page around the tested one does it in Firefox, classic WebDriver in WebKitGTK. */
import { expect } from 'vitest'

export interface Tab {
  /** Opens an address; the same again is a reload. */
  open(url: string): Promise<void>
  /** Runs `action` in the page, which gets nothing but `args`; what it returns comes back as JSON. */
  evaluate<Args extends unknown[], Result>(action: (...args: Args) => Result, ...args: Args): Promise<Result>
  /** Presses the keys of a text where the keyboard is. */
  type(text: string): Promise<void>
  /** Gives files of the disk to an `<input type=file>`, which no component hides. */
  chooseFiles(selector: string, paths: string[]): Promise<void>
}

export interface SmokeBrowser {
  tab: Tab
  /** Whether pages may store anything; a private session has no private file system. */
  keeps: boolean
  /** Errors that pages reported since the last call, where the driver tells of them. */
  complaints(): string[]
  close(): Promise<void>
}

/**
 * Runs in the page: what the elements that match say, in all shadow trees, an image by its alt text once it can be seen. With `act` the
 * first of them is clicked or gets the keyboard; `text` keeps those that say it or are labelled so.
 */
function look(selector: string, act?: 'click' | 'focus', text = ''): string[] {
  const all = (root: ParentNode): Element[] =>
    [...root.querySelectorAll('*')].flatMap(element => [
      ...(element.matches(selector) ? [element] : []),
      ...(element.shadowRoot ? all(element.shadowRoot) : []),
    ])
  const seen = (element: Element) => !(element instanceof HTMLImageElement) || element.naturalWidth > 0
  const says = (element: Element) => element.getAttribute('alt') ?? element.textContent?.trim() ?? ''
  const named = (element: Element) => [says(element), element.ariaLabel ?? ''].some(name => name.includes(text))
  const found = all(document).filter(element => seen(element) && named(element))
  const [first] = found
  if (act && first instanceof HTMLElement) first[act]()
  return found.map(says)
}

/** Indexing and loading of models included. */
const patience = { timeout: 30_000 }

export const texts = (tab: Tab, selector: string): Promise<string[]> => tab.evaluate(look, selector)

export async function expectText(tab: Tab, selector: string, text: string): Promise<void> {
  await expect.poll(() => texts(tab, selector), patience).toContainEqual(expect.stringContaining(text))
}

/** The first of the elements says `text`. */
export async function expectFirst(tab: Tab, selector: string, text: string): Promise<void> {
  await expect.poll(async () => (await texts(tab, selector))[0], patience).toBe(text)
}

export async function click(tab: Tab, selector: string, text?: string): Promise<void> {
  await expect.poll(() => tab.evaluate(look, selector, 'click' as const, text), patience).not.toEqual([])
}

/** Types words into the field of search, which is empty before. */
export async function searchFor(tab: Tab, words: string): Promise<void> {
  await expect.poll(() => tab.evaluate(look, 'input[type=search]', 'focus' as const), patience).not.toEqual([])
  await tab.type(words)
}
