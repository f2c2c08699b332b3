import { Parser } from 'htmlparser2'
import { parseSrcset } from 'srcset'
import { isPicture } from '../engine/source.ts'
import { plainText } from './plain-text.ts'

/** One picture as a page shows it. Addresses are as they are written. */
export interface ShownPicture {
  /** Copies of one picture in several sizes or formats. */
  copies: string[]
  /** What the picture links to, perhaps a larger copy. */
  linked?: string
  alt: string
  caption: string
  title: string
  /** It, or something it is in, says data-picfind-ignore. */
  ignored: boolean
}

export interface Page {
  title: string
  /** Of `<base>`. */
  base?: string
  /** Of `<link rel=canonical>`. */
  canonical?: string
  /** It asks not to be found. */
  noindex: boolean
  pictures: ShownPicture[]
}

/** Attributes in which scripts that load pictures late keep addresses; what is in `src` meanwhile is a stand-in. */
const lateSources = ['data-src', 'data-lazy-src', 'data-original']
const lateSets = ['data-srcset', 'data-lazy-srcset']

type Attributes = Record<string, string>

/** The pictures that a page shows by `<img>`, `<picture>` and links, in the order it shows them. */
export function readPage(html: string): Page {
  const reader = new PageReader()
  const parser = new Parser(reader, { decodeEntities: true, lowerCaseAttributeNames: true, lowerCaseTags: true })
  parser.end(html)
  return reader.page
}

/** An element that is open, and what is gathered until it is closed. */
interface Open {
  name: string
  ignored: boolean
  closed?: () => void
}

class PageReader {
  readonly page: Page = { title: '', noindex: false, pictures: [] }
  readonly #open: Open[] = []
  /** Elements whose text is wanted. */
  readonly #gathering: { text: string }[] = []
  /** The innermost `<picture>`, `<a>` and `<figure>`. */
  #picture: ShownPicture | undefined
  #link: { href: string; title: string; pictures: ShownPicture[] } | undefined
  #figure: { caption: string; pictures: ShownPicture[] } | undefined

  onopentag(name: string, attributes: Attributes): void {
    const ignored = (this.#open.at(-1)?.ignored ?? false) || 'data-picfind-ignore' in attributes
    const element: Open = { name, ignored }
    this.#open.push(element)
    switch (name) {
      case 'base':
        this.page.base ??= attributes.href
        break
      case 'link':
        if (/(^|\s)canonical(\s|$)/i.test(attributes.rel ?? '')) this.page.canonical ??= attributes.href
        break
      case 'meta':
        if (/^(robots|picfind)$/i.test(attributes.name ?? '') && /\b(noindex|none)\b/i.test(attributes.content ?? '')) {
          this.page.noindex = true
        }
        break
      case 'title':
        // Drawings have titles too.
        if (this.page.title === '' && !this.#open.some(({ name }) => name === 'svg')) {
          this.#gather(element, text => {
            this.page.title = text
          })
        }
        break
      case 'picture':
        this.#openPicture(element)
        break
      case 'source':
        if (this.#picture) this.#picture.copies.push(...copiesOf(attributes))
        break
      case 'img':
        this.#image(attributes, ignored)
        break
      case 'a':
        if (attributes.href !== undefined) this.#openLink(element, attributes.href, attributes.title ?? '')
        break
      case 'figure':
        this.#openFigure(element)
        break
      case 'figcaption': {
        const figure = this.#figure
        if (figure) {
          this.#gather(element, text => {
            figure.caption ||= text
          })
        }
        break
      }
    }
  }

  ontext(text: string): void {
    for (const inside of this.#gathering) inside.text += text
  }

  onclosetag(name: string): void {
    if (this.#open.at(-1)?.name === name) this.#open.pop()?.closed?.()
  }

  #gather(element: Open, use: (text: string) => void): void {
    const inside = { text: '' }
    this.#gathering.push(inside)
    element.closed = () => {
      this.#gathering.pop()
      use(plainText(inside.text))
    }
  }

  #openPicture(element: Open): void {
    const outer = this.#picture
    const picture = { copies: [], alt: '', caption: '', title: '', ignored: element.ignored }
    this.#picture = picture
    element.closed = () => {
      this.#picture = outer
      this.#show(picture)
    }
  }

  #image(attributes: Attributes, ignored: boolean): void {
    const alt = plainText(attributes.alt ?? '')
    const title = plainText(attributes.title ?? '')
    const copies = copiesOf(attributes)
    if (!this.#picture) {
      this.#show({ copies, alt, caption: '', title, ignored })
      return
    }
    this.#picture.copies.push(...copies)
    this.#picture.alt ||= alt
    this.#picture.title ||= title
    this.#picture.ignored ||= ignored
  }

  #openLink(element: Open, href: string, title: string): void {
    const outer = this.#link
    const isOfPicture = isPicture(href.replace(/[?#].*$/s, '').replace(/^.*[/\\]/s, ''))
    const link = { href, title: plainText(title), pictures: [] as ShownPicture[] }
    this.#link = link
    if (!isOfPicture) {
      element.closed = () => {
        this.#link = outer
      }
      return
    }
    this.#gather(element, text => {
      this.#link = outer
      const [only, ...others] = link.pictures
      // What a link around several pictures leads to is none of them.
      if (only && others.length === 0) only.linked = href
      if (only) return
      const picture = { copies: [href], alt: '', caption: '', title: link.title || text, ignored: element.ignored }
      this.#show(picture)
    })
  }

  #openFigure(element: Open): void {
    const outer = this.#figure
    const figure = { caption: '', pictures: [] as ShownPicture[] }
    this.#figure = figure
    element.closed = () => {
      this.#figure = outer
      for (const picture of figure.pictures) picture.caption ||= figure.caption
    }
  }

  #show(picture: ShownPicture): void {
    if (picture.copies.length === 0) return
    this.page.pictures.push(picture)
    this.#link?.pictures.push(picture)
    this.#figure?.pictures.push(picture)
  }
}

function copiesOf(attributes: Attributes): string[] {
  const given = (names: string[]) => names.flatMap(name => attributes[name] ?? []).filter(text => text.trim() !== '')
  const isLate = given([...lateSources, ...lateSets]).length > 0
  const sources = given(isLate ? lateSources : ['src'])
  const sets = given(isLate ? lateSets : ['srcset'])
  return [...sources.map(url => url.trim()), ...sets.flatMap(set => parseSrcset(set).map(({ url }) => url))]
}
