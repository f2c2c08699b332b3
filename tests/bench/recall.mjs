/** How often the right picture is among the first, on about 340 photo-like stamps with captions, through the engine as it ships. */
import { atLeast, row } from './rows.mjs'
import { photoStamps, stampsLibrary, stampsSource } from './stamps.mjs'

/** Ranking restricted to a gallery equals searching a library of the gallery alone. */
async function hitsAmong(library, gallery, query, tower) {
  const { pictures } = await library.info()
  const hits = await library.search(query, { k: pictures, tower })
  return hits.filter(({ path }) => gallery.has(path))
}

/** Probability that at least one of `right` pictures of `all` is among the first k in random order. */
function chanceOf(right, all, k) {
  let none = 1
  for (let i = 0; i < k; i++) none *= (all - right - i) / (all - i)
  return 1 - none
}

function grouped(items, keyOf) {
  const groups = new Map()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length

/** One query for each distinct caption; every picture of that very caption is right. The rank counts those that score higher than the best right one. */
async function captionRecall(library, stamps, captionOf, tower) {
  const captioned = stamps.filter(stamp => captionOf(stamp) !== '')
  const gallery = new Set(captioned.map(({ path }) => path))
  const ranks = []
  const chance = []
  for (const [caption, right] of grouped(captioned, captionOf)) {
    const paths = new Set(right.map(({ path }) => path))
    const hits = await hitsAmong(library, gallery, caption, tower)
    const best = Math.max(...hits.filter(({ path }) => paths.has(path)).map(({ score }) => score))
    ranks.push(hits.filter(({ score }) => score > best).length + 1)
    chance.push([1, 10].map(k => chanceOf(paths.size, gallery.size, k)))
  }
  const at = k => mean(ranks.map(rank => (rank <= k ? 1 : 0)))
  const [chance1, chance10] = [0, 1].map(i => mean(chance.map(pair => pair[i])))
  return { queries: ranks.length, pictures: gallery.size, at1: at(1), at10: at(10), chance1, chance10 }
}

/** For pictures whose folder holds at least four: how many of the ten most alike share it. */
async function sameFolder(library, source, stamps) {
  const gallery = new Map(stamps.map(({ path, folder }) => [path, folder]))
  const sizes = grouped(stamps, ({ folder }) => folder)
  const asked = stamps.filter(({ folder }) => sizes.get(folder).length >= 4)
  const shares = []
  for (const { path, folder } of asked) {
    const hits = await hitsAmong(library, gallery, { like: `${source}/${path}` }, 'best')
    shares.push(mean(hits.slice(0, 10).map(hit => (gallery.get(hit.path) === folder ? 1 : 0))))
  }
  const chance = mean(asked.map(({ folder }) => (sizes.get(folder).length - 1) / (stamps.length - 1)))
  return { p10: mean(shares), chance, pictures: asked.length }
}

export async function* recall() {
  const { folder, Library } = await import('picfind')
  const library = await Library.open({ store: folder(await stampsLibrary()) })
  const stamps = photoStamps()
  try {
    const sets = [
      ['English captions, best tower', 'english', 'best', 0.65],
      ['English captions, tables alone', 'english', 'instant', 0.57],
      ['Chinese captions', 'chinese', 'best', 0.53],
    ]
    for (const [name, language, tower, goal] of sets) {
      const { queries, pictures, at1, at10, chance1, chance10 } = await captionRecall(
        library,
        stamps,
        stamp => stamp[language],
        tower,
      )
      const size = `${queries} queries, ${pictures} pictures`
      yield row(`${name}: R@1`, at1, '', { against: `chance ${chance1.toFixed(3)}; ${size}` })
      yield row(`${name}: R@10`, at10, '', { goal: atLeast(goal), against: `chance ${chance10.toFixed(3)}` })
    }
    const { p10, chance, pictures } = await sameFolder(library, stampsSource, stamps)
    const against = `chance ${chance.toFixed(3)}; ${pictures} pictures`
    yield row('Picture → picture, same folder: P@10', p10, '', { goal: atLeast(0.5), against })
  } finally {
    await library.close()
  }
}
