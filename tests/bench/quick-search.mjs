/**
 * Quick search of a site: how much a first answer loads, everything of it counted in gzip except the element's code, the manifest and
 * thumbnails, and how often the right picture is among the first ten, beside the same token tables on full vectors.
 */
import { gzipSync } from 'node:zlib'
import { inRoot } from '../../web/tools/places.mjs'
import { libraryRows } from './library-rows.mjs'
import { model, readModelFile as read, siteRows, writeQuickFiles } from './made-site.mjs'
import { atLeast, atMost, row } from './rows.mjs'
import { photoStamps, stampsLibrary } from './stamps.mjs'

const dist = (...path) => import(inRoot('dist', ...path))
/** Of a first answer, as the element has it. */
const hitsShown = 20
/** What the element's code and the manifest may take of the budgets, KB. */
const codeKilobytes = 42

/** Opens quick search as a new visitor; `kilobytes` is what has been fetched. */
async function visit({ files, name }) {
  const { openQuick } = await dist('quick', 'quick.js')
  const fetched = new Set([name])
  const quick = await openQuick(JSON.parse(new TextDecoder().decode(files.get(name))), async name => {
    fetched.add(name)
    return files.get(name)
  })
  const kilobytes = () => [...fetched].reduce((sum, name) => sum + gzipSync(files.get(name)).length / 1024, 0)
  return { quick, kilobytes }
}

async function* weights(count, budget) {
  const written = await writeQuickFiles(await siteRows(count))
  const pictures = `${count.toLocaleString('en')} pictures`
  for (const words of ['dog', 'red apple', 'sunset on the beach', 'Schmetterling', '猫']) {
    const { quick, kilobytes } = await visit(written)
    const [{ row: like }] = await quick.search(words, hitsShown)
    const first = kilobytes()
    const goal = words === 'red apple' ? { goal: atMost(budget - codeKilobytes) } : {}
    yield row(`${pictures}, first answer to “${words}”`, first, 'KB', goal)
    if (words !== 'dog') continue
    await quick.like(like, hitsShown)
    yield row(`${pictures}, then more like one of them`, kilobytes() - first, 'KB', { goal: atMost(100) })
  }
  yield row(`${pictures}, files`, written.files.size, '')
}

async function stampRows() {
  const rows = new Map(libraryRows(await stampsLibrary()).map(row => [row.record.path, row]))
  return photoStamps()
    .filter(({ english, path }) => english !== '' && rows.has(path))
    .map(({ english, path }) => ({ ...rows.get(path), caption: english }))
}

async function tableVectors(texts) {
  const [{ openTextTower }, { encodeByRules }] = await Promise.all([
    dist('engine', 'text-tower.js'),
    dist('engine', 'text-query.js'),
  ])
  const towers = new Map()
  const towerOf = id => {
    const tower = model.towers.text.find(tower => tower.id === id)
    if (!towers.has(id)) towers.set(id, openTextTower(tower, model.dim, { read }))
    return towers.get(id)
  }
  const encoded = texts.map(text => encodeByRules(text, model.queries.instant, model.dim, towerOf))
  return (await Promise.all(encoded)).map(({ vector }) => vector)
}

/** `scoresOf(caption)`: a score for every row. Right is every picture of that very caption. */
async function recallAt10(rows, captions, scoresOf) {
  let found = 0
  for (const caption of captions) {
    const scores = await scoresOf(caption)
    const best = Math.max(...scores.filter((_, i) => rows[i].caption === caption))
    if (scores.filter(score => score > best).length < 10) found++
  }
  return found / captions.length
}

async function* recall() {
  const rows = await stampRows()
  const captions = [...new Set(rows.map(({ caption }) => caption))]
  const vectors = new Map((await tableVectors(captions)).map((vector, i) => [captions[i], vector]))
  const exact = await recallAt10(rows, captions, caption => {
    const query = vectors.get(caption)
    return rows.map(({ vector }) => (query ? vector.reduce((sum, x, i) => sum + x * query[i], 0) : 0))
  })
  const against = `${exact.toFixed(3)} by the full vectors; ${captions.length} queries, ${rows.length} pictures`
  for (const [levels, bytes] of Object.entries({ 2: 16, 3: 26, 4: 32 })) {
    const { quick } = await visit(await writeQuickFiles(rows, Number(levels)))
    const at10 = await recallAt10(rows, captions, async caption => {
      const hits = await quick.search(caption, rows.length)
      const scores = new Map(hits.map(({ record, score }) => [record.path, score]))
      return rows.map(({ record }) => scores.get(record.path) ?? 0)
    })
    const goal = levels === '3' ? { goal: atLeast(exact - 0.03) } : {}
    yield row(`Codes of ${levels} levels, ${bytes} bytes a picture: R@10`, at10, '', { against, ...goal })
  }
}

export async function* quickSearch({ quick }) {
  yield* weights(1000, 120)
  yield* weights(10_000, 400)
  if (!quick) yield* recall()
}
