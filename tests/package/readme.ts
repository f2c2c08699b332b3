/** What README.md tells people to type. */
import { readFileSync } from 'node:fs'

interface CodeBlock {
  language: string
  code: string
}

/** The code blocks of a section, in order. Throws where README.md has no such section. */
export function readmeBlocks(section: string): CodeBlock[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const text = readme.split(/^## /m).find(part => part.startsWith(`${section}\n`))
  if (text === undefined) throw new Error(`README.md has no section "${section}"`)
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }))
}

/** The one block of a language that says `part`. */
export function readmeBlock(section: string, language: string, part = ''): string {
  const found = readmeBlocks(section).filter(block => block.language === language && block.code.includes(part))
  if (found.length !== 1) {
    throw new Error(`README.md, "${section}": expected one ${language} block with "${part}", found ${found.length}`)
  }
  return found[0]!.code
}
