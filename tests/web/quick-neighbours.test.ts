import { expect, test } from 'vitest'
import { type FormerNeighbours, nearestNeighbours, vectorKey } from '../../dist/publish/quick-neighbours.js'
import { mostScore, rowBits } from '../../dist/quick/records.js'
import { core } from './fixtures/quick-bundle.ts'
import { random } from './fixtures/random.ts'

const dim = 24
const next = random(5)

function unitVector(): Float32Array {
  const vector = Float32Array.from({ length: dim }, () => next() - 0.5)
  const length = Math.hypot(...vector)
  return vector.map(value => value / length)
}

const rowsOf = (list: Uint32Array): number[] => Array.from(list, packed => packed & (2 ** rowBits - 1))
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** As a bundle tells the next one. */
function formerOf(vectors: Float32Array[], lists = nearestNeighbours(vectors, dim, core)): FormerNeighbours {
  return { keys: vectors.map(vector => vectorKey(vector, core)), of: row => rowsOf(lists[row]!) }
}

/** What the core was asked to compare. */
function counting() {
  const asked: { rows: number; empty: number }[] = []
  const nearestRows: typeof core.nearestRows = (vectors, dim, k, lists, added) => {
    const rows = vectors.length / dim
    const empty = Array.from({ length: rows }, (_, i) => lists[i * k]).filter(first => !(first! < rows)).length
    asked.push({ rows, empty })
    return core.nearestRows(vectors, dim, k, lists, added)
  }
  return { asked, core: { nearestRows, sha256: core.sha256 } }
}

const some = Array.from({ length: 400 }, unitVector)

test('neighbours are the nearest, nearest first, with their cosines', () => {
  const lists = nearestNeighbours(some, dim, core)
  for (const row of [0, 17, 399]) {
    const others = some.map((vector, i) => ({ i, score: dot(vector, some[row]!) })).filter(({ i }) => i !== row)
    const expected = others.sort((a, b) => b.score - a.score).slice(0, 24)
    expect(rowsOf(lists[row]!)).toEqual(expected.map(({ i }) => i))
    expect((lists[row]![0]! >>> rowBits) / mostScore).toBeCloseTo(expected[0]!.score, 2)
  }
})

test('copies of a picture are its nearest, and crowd nothing out of the comparison of others', () => {
  const copies = Array.from({ length: 40 }, () => some[3]!)
  const lists = nearestNeighbours([...copies, ...some.slice(4, 60)], dim, core)
  expect(rowsOf(lists[7]!)).toEqual([0, 1, 2, 3, 4, 5, 6, ...Array.from({ length: 17 }, (_, i) => i + 8)])
  const first = rowsOf(lists[50]!)
  expect(first).toHaveLength(24)
  expect(new Set(first).size).toBe(24)
})

/** The rows in another order, as a new picture changes the order of likeness. */
function shuffled<T>(values: T[]): T[] {
  return values
    .map(value => ({ value, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value)
}

const withCopies = [...some, some[1]!, some[1]!, some[2]!, ...Array.from({ length: 30 }, () => some[9]!)]
const added = Array.from({ length: 12 }, unitVector)

test.each<[string, Float32Array[]]>([
  ['nothing new', withCopies],
  ['another order, as after a renaming', shuffled(withCopies)],
  ['new pictures', shuffled([...withCopies, ...added])],
  ['pictures that are gone', shuffled(withCopies.slice(10))],
  ['new ones for old ones', shuffled([...withCopies.slice(5), ...added])],
  ['new copies of known pictures', shuffled([...withCopies, some[5]!, some[5]!, some[9]!])],
  ['fewer copies', [...some, some[1]!]],
  ['hardly anything left', withCopies.slice(0, 5)],
  ['all others', Array.from({ length: 50 }, unitVector)],
  ['nothing at all', []],
])('with what is known of an earlier bundle the neighbours are the same: %s', (_, vectors) => {
  expect(nearestNeighbours(vectors, dim, core, formerOf(withCopies))).toEqual(nearestNeighbours(vectors, dim, core))
})

test('through many updates the neighbours stay those of comparing all with all', () => {
  let vectors = some.slice(0, 60)
  let lists = nearestNeighbours(vectors, dim, core)
  for (let update = 0; update < 40; update++) {
    const copies = vectors.length > 0 && update % 3 === 0 ? [vectors[Math.floor(next() * vectors.length)]!] : []
    const today = shuffled([...vectors.filter(() => next() > 0.04), unitVector(), ...copies])
    lists = nearestNeighbours(today, dim, core, formerOf(vectors, lists))
    expect(lists, `update ${update}`).toEqual(nearestNeighbours(today, dim, core))
    vectors = today
  }
})

test('only what is new, and what had a neighbour that is gone, is compared with all', () => {
  const renamed = counting()
  nearestNeighbours(shuffled(some), dim, renamed.core, formerOf(some))
  expect(renamed.asked).toEqual([{ rows: 400, empty: 0 }])
  const grown = counting()
  nearestNeighbours([...some, ...added], dim, grown.core, formerOf(some))
  expect(grown.asked).toEqual([{ rows: 412, empty: 12 }])
  const shrunk = counting()
  const former = formerOf(some)
  nearestNeighbours(some.slice(1), dim, shrunk.core, former)
  const affected = some.filter((_, row) => [...former.of(row)].includes(0)).length
  expect(shrunk.asked).toEqual([{ rows: 399, empty: affected }])
})

test('lists whose pictures are not known any more are made again', () => {
  const former = formerOf(some)
  const keys = former.keys.map((key, row) => (row % 2 === 0 ? key : undefined))
  expect(nearestNeighbours(some, dim, core, { ...former, keys })).toEqual(nearestNeighbours(some, dim, core))
})
