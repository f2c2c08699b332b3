import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Tokenizer } from '../../dist/engine/tokenizer.js'

const data = new URL('../data/', import.meta.url)
const models = new URL('../../models/', import.meta.url)
const unlimited = { maxLength: Number.POSITIVE_INFINITY }

function open(path: string, settings: { maxLength: number; lowercase?: boolean } = unlimited): Tokenizer {
  return new Tokenizer(readFileSync(new URL(path, models)), settings, path)
}

function lines<T>(name: string): T[] {
  const text = readFileSync(new URL(name, data), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

const goldens = lines<[string, number[], number[], number[]]>('tokens.jsonl')

test.each([
  ['WordPiece', 'picfind-mini/tokenizer-en.json', 1],
  ['Unigram', 'picfind-mini/tokenizer-multi.json', 2],
  ['byte-pair', 'clip/tokenizer.json', 3],
] as const)('%s tokens equal those of Hugging Face tokenizers', (_, path, column) => {
  const tokenizer = open(path)
  const different = goldens.filter(golden => String(tokenizer.encode(golden[0])) !== String(golden[column]))
  expect(different.map(([text]) => text)).toEqual([])
  expect(goldens.length).toBeGreaterThan(700)
})

test("CLIP tokens equal those of OpenAI's own tokenizer", () => {
  const tokenizer = open('clip/tokenizer.json')
  for (const [text, ids] of lines<[string, number[]]>('openai-tokens.jsonl')) {
    expect([text, ...tokenizer.encode(text)]).toEqual([text, ...ids])
  }
})

test('a list that is too long loses its end and keeps the closing token', () => {
  const text = 'one two three four five six seven'
  const whole = open('clip/tokenizer.json').encode(text)
  const cut = open('clip/tokenizer.json', { maxLength: 5 }).encode(text)
  expect(whole).toHaveLength(9)
  expect(cut).toEqual([...whole.slice(0, 4), whole[8]])
})

test('half of a surrogate pair is read as the replacement character', () => {
  const tokenizer = open('clip/tokenizer.json')
  expect(tokenizer.encode('a\ud83d b')).toEqual(tokenizer.encode('a\ufffd b'))
  expect(tokenizer.encode('\ude00')).toEqual(tokenizer.encode('\ufffd'))
})

test('words of the language of the vocabulary stay whole more often than others', () => {
  const tokenizer = open('picfind-mini/tokenizer-en.json')
  expect(tokenizer.wholeWords('a red apple on the table')).toBe(1)
  expect(tokenizer.wholeWords('ein Schmetterling auf der Fensterbank')).toBeLessThan(0.6)
  expect(tokenizer.wholeWords('…')).toBe(0)
})

test('a file that is no tokenizer is refused by name', () => {
  const bytes = new TextEncoder().encode('{"version":"1.0"}')
  expect(() => new Tokenizer(bytes, unlimited, 'broken.json')).toThrow(/broken\.json is not a tokenizer\.json/)
  expect(() => new Tokenizer(new TextEncoder().encode('<html>'), unlimited, 'page.json')).toThrow(/page\.json/)
})
