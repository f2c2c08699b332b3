import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { cutRows } from '../../dist/publish/cut-rows.js'
import { readPage } from '../../dist/publish/page-pictures.js'
import { pageUrl, SiteAddresses } from '../../dist/publish/site-urls.js'
import { joinResized, PathGroups } from '../../dist/publish/twins.js'

describe('a page', () => {
  const only = (html: string) => {
    const { pictures } = readPage(html)
    expect(pictures).toHaveLength(1)
    return pictures[0]!
  }

  test('shows one picture in all copies of a srcset', () => {
    const { copies, alt } = only('<img src="a.jpg" srcset="a-1.jpg 1x, a-2.jpg 2x" alt=" a  dog\n">')
    expect(copies).toEqual(['a.jpg', 'a-1.jpg', 'a-2.jpg'])
    expect(alt).toBe('a dog')
  })

  test('shows one picture in all copies of a <picture>', () => {
    const { copies, title } = only(
      '<picture><source srcset="a.avif"><source srcset="a.webp 300w, b.webp 600w"><img src=a.jpg title=Dog></picture>',
    )
    expect(copies).toEqual(['a.avif', 'a.webp', 'b.webp', 'a.jpg'])
    expect(title).toBe('Dog')
  })

  test('names what a picture links to, and takes a link alone for a picture', () => {
    expect(only('<a href="big.jpg"><img src="small.jpg"></a>')).toMatchObject({
      copies: ['small.jpg'],
      linked: 'big.jpg',
    })
    expect(only('<a href="big.jpg">The <b>sea</b></a>')).toMatchObject({ copies: ['big.jpg'], title: 'The sea' })
  })

  test('gives a figure’s caption to the pictures in it, and to no others', () => {
    const { pictures } = readPage(
      '<img src=0.jpg><figure><img src=1.jpg><img src=2.jpg><figcaption>Two &lt;i&gt; <i>birds</i></figcaption></figure>',
    )
    expect(pictures.map(({ caption }) => caption)).toEqual(['', 'Two <i> birds', 'Two <i> birds'])
  })

  test('takes the address that a script will load for the stand-in in src', () => {
    expect(only('<img src="blank.gif" data-src="real.jpg">').copies).toEqual(['real.jpg'])
  })

  test('says which pictures it wants ignored, and whether it wants to be found', () => {
    const { pictures, noindex } = readPage(
      '<meta name=ROBOTS content="follow, noindex"><div data-picfind-ignore><p><img src=a.jpg></p></div><img src=b.jpg>',
    )
    expect(pictures.map(({ ignored }) => ignored)).toEqual([true, false])
    expect(noindex).toBe(true)
    expect(readPage('<meta name=robots content=index>').noindex).toBe(false)
  })

  test('has the title of its head, not that of a drawing', () => {
    expect(readPage('<svg><title>Icon</title></svg><title>A &amp; B</title>').title).toBe('A & B')
  })

  test.each([
    '<',
    '<img',
    '<img src',
    '<picture><a><figure><img src=x',
    '</a></figure>',
    '<a href=x.jpg><a href=y.jpg>',
  ])('that ends in the middle is read as far as it goes: %s', html => {
    expect(() => readPage(html)).not.toThrow()
  })
})

describe('an address', () => {
  const files = new Set(['img/a b.jpg', 'img/ü.jpg', 'img/100%.jpg', 'blog/c.jpg', 'd.jpg'])
  const find = (
    url: string,
    page = 'blog/post.html',
    { prefixes = [] as string[], base = undefined as string | undefined } = {},
  ) => new SiteAddresses(prefixes, path => files.has(path)).find(url, page, base)

  test.each([
    ['relative to the page', 'c.jpg', 'blog/c.jpg'],
    ['relative to its parent', '../d.jpg?v=3#x', 'd.jpg'],
    ['from the root', '/d.jpg', 'd.jpg'],
    ['percent-encoded', '/img/a%20b.jpg', 'img/a b.jpg'],
    ['not encoded', '/img/a b.jpg', 'img/a b.jpg'],
    ['in another form of Unicode', '/img/u%CC%88.jpg', 'img/ü.jpg'],
    ['with a percent sign of its own', '/img/100%.jpg', 'img/100%.jpg'],
    ['with a backslash', '..\\d.jpg', 'd.jpg'],
  ])('%s is found', (_, url, path) => {
    expect(find(url)).toBe(path)
  })

  test.each([
    'https://elsewhere.example/d.jpg',
    '//elsewhere.example/d.jpg',
    'data:image/png,d.jpg',
    'http://[',
    '/..%2f..%2fetc/passwd',
    '',
  ])('of elsewhere is not: %s', url => {
    expect(find(url)).toBeUndefined()
  })

  test('follows the page’s base', () => {
    expect(find('a%20b.jpg', 'blog/post.html', { base: '/img/' })).toBe('img/a b.jpg')
  })

  test('under a prefix is one of the site', () => {
    const prefixes = ['https://cdn.example.com/x', '/docs/']
    expect(find('https://cdn.example.com/x/d.jpg', 'blog/post.html', { prefixes })).toBe('d.jpg')
    expect(find('https://cdn.example.com/xd.jpg', 'blog/post.html', { prefixes })).toBeUndefined()
    expect(find('/docs/d.jpg', 'blog/post.html', { prefixes })).toBe('d.jpg')
  })

  test('under the site’s own address is found once a page has said what that is', () => {
    const addresses = new SiteAddresses([], path => files.has(path))
    addresses.learn('blog/post/index.html', 'https://example.com/docs/blog/post/')
    expect(addresses.find('https://example.com/docs/d.jpg', 'index.html', undefined)).toBe('d.jpg')
    expect(addresses.find('/docs/d.jpg', 'index.html', undefined)).toBe('d.jpg')
  })

  test('under a path that the files do not show is found where that explains what is lost', () => {
    const addresses = new SiteAddresses([], path => files.has(path))
    for (const url of ['/docs/d.jpg', '/docs/blog/c.jpg', '/other/d.jpg']) addresses.noteLost(url)
    addresses.settleSubPath()
    expect(addresses.find('/docs/img/a%20b.jpg', 'blog/post.html', undefined)).toBe('img/a b.jpg')
    expect(addresses.find('/other/d.jpg', 'blog/post.html', undefined)).toBeUndefined()
  })

  test('of a page is its folder where it is an index.html', () => {
    expect(['index.html', 'blog/index.html', 'a b.html'].map(pageUrl)).toEqual(['./', 'blog/', 'a%20b.html'])
  })
})

describe('resized twins', () => {
  const groupCount = (files: [path: string, width: number, height: number][]) => {
    const groups = new PathGroups()
    joinResized(
      files.map(([path, width, height]) => ({ path, width, height })),
      groups,
    )
    return new Set(files.map(([path]) => groups.rootOf(path))).size
  }

  test.each([
    ['sides', 'a-320x240.jpg', 320, 240],
    ['a width', 'a-320w.jpg', 320, 240],
    ['a bare width', 'a_320.jpg', 320, 240],
    ['a width, rounded', 'a-321w.jpg', 321, 240],
    ['a density', 'a@2x.jpg', 1600, 1200],
  ])('are known by %s', (_, path, width, height) => {
    expect(
      groupCount([
        ['a.jpg', 800, 600],
        [path, width, height],
      ]),
    ).toBe(1)
  })

  test('need no original beside them', () => {
    expect(
      groupCount([
        ['a-300.jpg', 300, 200],
        ['a-600.jpg', 600, 400],
      ]),
    ).toBe(1)
  })

  test.each([
    ['are of another shape', 'a-150x150.jpg', 150, 150],
    ['are not as large as they say', 'a-320x240.jpg', 400, 300],
    ['are numbered', 'a-0320.jpg', 320, 240],
    ['are of another name', 'b-320x240.jpg', 320, 240],
    ['are of another folder', 'x/a-320x240.jpg', 320, 240],
  ])('are not those that %s', (_, path, width, height) => {
    expect(
      groupCount([
        ['a.jpg', 800, 600],
        [path, width, height],
      ]),
    ).toBe(2)
  })
})

describe('segments', () => {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `site/${String(i).padStart(6, '0')}.jpg`)

  test.each([0, 1, 1000, 10_000, 50_000, 300_000])('of %i pictures are at most 24', count => {
    const ends = cutRows(ids(count), sha256)
    expect(ends.length).toBeLessThanOrEqual(24)
    expect(ends.at(-1) ?? 0).toBe(count)
  })

  test('stay the same but for one where a picture is added', () => {
    const before = ids(10_000)
    const after = [...before, 'site/004000 b.jpg'].sort()
    const contents = (all: string[]) => {
      const ends = cutRows(all, sha256)
      return ends.map((end, i) => all.slice(ends[i - 1] ?? 0, end).join())
    }
    const known = new Set(contents(before))
    expect(contents(after).filter(content => !known.has(content))).toHaveLength(1)
  })
})
