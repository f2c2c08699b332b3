import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { writeLexicon } from '../../dist/publish/quick-lexicon.js'
import type { LexiconDescriptor } from '../../dist/quick/formats.js'
import { Lexicon } from '../../dist/quick/lexicon.js'
import { Files, model, read, tableVector } from './fixtures/quick-bundle.ts'

const files = new Files()
const name = (await writeLexicon(model, read, files.keep))!
const descriptor: LexiconDescriptor = JSON.parse(inflateRawSync(files.all.get(name)!).toString())
const lexicon = new Lexicon(descriptor, files.fetch)

async function cosineToTable(text: string): Promise<number> {
  const [expected, found] = await Promise.all([tableVector(text), lexicon.vectorOf(text)])
  if (!expected || !found) return expected || found ? 0 : 1
  return found.reduce((sum, value, i) => sum + value * expected[i]!, 0)
}

test.each([
  ['English', 'dog', 'a red apple on the table', 'butterflies and strawberries', 'sunset', 'giraffe'],
  ['German', 'Schmetterling', 'ein rotes Auto', 'Süßigkeiten', 'Hund'],
  ['French', 'papillon', 'forêt enneigée', "l'éléphant"],
  ['Spanish', 'mariposa', 'niño con un balón'],
  ['Portuguese', 'borboleta', 'coração'],
  ['Italian', 'farfalla', 'città di notte'],
  ['Dutch', 'vlinder', 'fietsen'],
  ['Polish', 'żółty motyl', 'książka'],
  ['Czech', 'červené jablko'],
  ['Hungarian', 'piros alma', 'tükör'],
  ['Romanian', 'fluture', 'mâță'],
  ['Catalan', 'papallona', 'gos'],
  ['Swedish', 'fjäril', 'röd bil'],
  ['Danish', 'sommerfugl', 'rød'],
  ['Finnish', 'perhonen', 'polkupyörä'],
  ['Turkish', 'kelebek', 'kırmızı elma', 'İstanbul'],
  ['Vietnamese', 'con bướm', 'quả táo đỏ'],
  ['Indonesian', 'kupu-kupu', 'apel merah'],
  ['Russian', 'бабочка', 'Красное яблоко'],
  ['Ukrainian', 'метелик', 'їжак'],
  ['Greek', 'πεταλούδα', 'ΚΌΚΚΙΝΟ ΜΉΛΟ'],
  ['Arabic', 'فراشة', 'سيارة حمراء'],
  ['Hindi', 'तितली', 'लाल सेब'],
  ['Thai', 'ผีเสื้อ', 'แอปเปิ้ลสีแดง'],
  ['Chinese', '蝴蝶', '一个红色的苹果', '紅蘋果'],
  ['Japanese', '蝶々', '赤いりんごとネコ', 'カメラ'],
  ['Korean', '나비', '빨간 사과'],
  ['Accents', 'naïve café', 'cafe\u0301', 'ｆｕｌｌ ｗｉｄｔｈ'],
  ['Capitals and digits', 'DOG 2024', 'B-52', '3.14159', 'Boeing 747-400'],
  ['Emoji', '🐶', '👨‍👩‍👧 family', '❤️ heart'],
  ['Mixed scripts', 'Tokyo 東京 Токио', 'red 苹果', 'iPhone的照片'],
  ['Marks', 'dog, cat & bird!', '"black and white"', "the dog's bone", '  spaces\t everywhere '],
])('%s words give the vector of the token tables', async (_, ...texts) => {
  for (const text of texts) expect([text, (await cosineToTable(text)) >= 0.999]).toEqual([text, true])
})

test('odd texts of every kind give that vector too', async () => {
  const lines = readFileSync(new URL('../data/tokens.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  // Special tokens in a text are read as special by the tokenizers; no one searches pictures by them.
  const texts = lines.map(line => JSON.parse(line)[0] as string).filter(text => !/<s>|\[SEP\]/.test(text))
  expect(texts.length).toBeGreaterThan(550)
  const cosines = []
  for (const text of texts) cosines.push(await cosineToTable(text))
  cosines.sort((a, b) => a - b)
  const share = cosines.filter(cosine => cosine >= 0.9985).length / cosines.length
  expect(share).toBeGreaterThan(0.98)
})

test('texts without a known word have no vector', async () => {
  for (const text of ['', '   ', '?!', '、。']) expect(await lexicon.vectorOf(text)).toBeUndefined()
})

test('a bundle has room for all files', () => {
  expect(files.all.size).toBeLessThanOrEqual(340)
})

test.each(['dog', 'Schmetterling', 'бабочка', '猫', 'ผีเสื้อ', 'mariposa'])(
  'the word %s costs less than 20 KB',
  async word => {
    const fresh = new Files()
    for (const [key, bytes] of files.all) fresh.all.set(key, bytes)
    await new Lexicon(descriptor, fresh.fetch).vectorOf(word)
    expect(fresh.weight).toBeLessThan(20 * 1024)
  },
)

test('the next word typed of the same beginning costs nothing', async () => {
  const fresh = new Files()
  for (const [key, bytes] of files.all) fresh.all.set(key, bytes)
  const other = new Lexicon(descriptor, fresh.fetch)
  await other.vectorOf('dog')
  const before = fresh.fetched.size
  await other.vectorOf('dogs')
  expect(fresh.fetched.size).toBe(before)
})

test('the same tables give the same bytes', async () => {
  const again = new Files()
  expect(await writeLexicon(model, read, again.keep)).toBe(name)
  expect([...again.all.keys()].sort()).toEqual([...files.all.keys()].sort())
})
