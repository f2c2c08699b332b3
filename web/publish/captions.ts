import { normalPath } from '../engine/source.ts'
import { plainText } from './plain-text.ts'

/** What a line of captions.jsonl says of a picture. */
export interface CaptionLine {
  /** From 1. */
  line: number
  /** Of a picture of the site. */
  path?: string
  /** Where the picture is, or is shown from. */
  url?: string
  alt?: string
  caption?: string
  title?: string
  /** Addresses are relative to the site's root. */
  pages: { url: string; title: string }[]
}

/** A line that could not be followed, or not wholly. */
export interface LineTrouble {
  line: number
  reason: string
}

class BadLine extends Error {}

/** One JSON object a line; empty lines are none. What is wrong with a line does not concern the others. */
export function parseCaptions(text: string): { lines: CaptionLine[]; troubles: LineTrouble[] } {
  const lines: CaptionLine[] = []
  const troubles: LineTrouble[] = []
  const texts = text.replace(/^\ufeff/, '').split(/\r?\n/)
  for (const [i, content] of texts.entries()) {
    if (content.trim() === '') continue
    try {
      lines.push(parseLine(content, i + 1))
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      troubles.push({ line: i + 1, reason: error.message })
    }
  }
  return { lines, troubles }
}

function parseLine(content: string, line: number): CaptionLine {
  const object = parseObject(content)
  const path = textOf(object, 'path')
  const url = textOf(object, 'url')
  if (path === undefined && url === undefined) throw new BadLine('has neither "url" nor "path"')
  if (url !== undefined && !isWebAddress(url)) throw new BadLine(`"url" is no http address: ${shortened(url)}`)
  const normal = path === undefined ? undefined : normalPath(path)
  if (normal === '' || normal?.startsWith('..')) throw new BadLine(`"path" leads out of the site: ${shortened(path!)}`)
  const result: CaptionLine = { line, pages: pagesOf(object.pages) }
  if (normal !== undefined) result.path = normal
  if (url !== undefined) result.url = withoutHash(url)
  for (const key of ['alt', 'caption', 'title'] as const) {
    const text = plainText(textOf(object, key) ?? '')
    if (text !== '') result[key] = text
  }
  return result
}

function parseObject(content: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    throw new BadLine(`is no JSON: ${shortened(content)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadLine(`is no JSON object: ${shortened(content)}`)
  }
  return value as Record<string, unknown>
}

/** undefined for what is missing or null. */
function textOf(object: Record<string, unknown>, key: string): string | undefined {
  const value = object[key] ?? undefined
  if (value !== undefined && typeof value !== 'string') throw new BadLine(`"${key}" is no text`)
  return value
}

/** Addresses, or objects with `url` and perhaps `title`. */
function pagesOf(value: unknown): CaptionLine['pages'] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BadLine('"pages" is no list')
  return value.map((entry: unknown) => {
    const page = (typeof entry === 'object' && entry !== null ? entry : { url: entry }) as Record<string, unknown>
    const { url, title = '' } = page
    if (typeof url !== 'string' || typeof title !== 'string' || !isAddress(url)) {
      throw new BadLine('"pages" has an entry that is neither an address nor an object with "url" and "title"')
    }
    return { url, title: plainText(title) }
  })
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** Relative to the site, or of the web. */
function isAddress(url: string): boolean {
  return URL.canParse(url, 'https://site.invalid/') && /^https?:$/.test(new URL(url, 'https://site.invalid/').protocol)
}

function withoutHash(url: string): string {
  const address = new URL(url)
  address.hash = ''
  return address.href
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
