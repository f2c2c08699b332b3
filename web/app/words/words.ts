import { setting } from '../settings.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type Words = typeof en
export type Language = 'en' | 'zh'

const dictionaries: Record<Language, Words> = { en, zh }
const kept = setting<Language | undefined>('language', undefined)

function preferred(): Language {
  return navigator.languages.find(tag => /^(en|zh)\b/.test(tag))?.startsWith('zh') ? 'zh' : 'en'
}

export let language: Language = kept.get() ?? preferred()
export let words: Words = dictionaries[language]
document.documentElement.lang = language

export function speak(next: Language): void {
  language = next
  words = dictionaries[next]
  kept.set(next)
  document.documentElement.lang = next
}
