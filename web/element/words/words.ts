import { en } from './en.ts'
import { zh } from './zh.ts'

export type Words = typeof en

const dictionaries: Record<string, Words> = { en, zh }

/** The first of the tags that there are words in, English if there is none; `language` tells which. */
export function wordsIn(tags: readonly (string | null | undefined)[]): { language: string; words: Words } {
  for (const tag of tags) {
    const language = tag?.toLowerCase().split('-')[0] ?? ''
    const words = dictionaries[language]
    if (words) return { language, words }
    // A language that was named and is not here is answered in English, not in whatever comes after it.
    if (language) break
  }
  return { language: 'en', words: en }
}
