import { afterAll, describe, expect, test } from 'vitest'
import { cosine, nearest, post, recall, search } from './brute-force.ts'
import { addPictures, nameOf, range, vectorOf } from './vectors.ts'
import { startZoo } from './zoo.ts'

const pictures = 1500
const vectors = new Map([...range(0, pictures)].map(number => [nameOf(number), vectorOf(number)]))
const queries = [...range(50_000, 50_020)].map(number => vectorOf(number))

const { redis, client, server, stop } = await startZoo(pictures, ['--fields', 'title,year'])

afterAll(stop)

const unit = (vector: Float32Array) => {
  const length = Math.hypot(...vector)
  return vector.map(x => x / length)
}
const epochNow = async () => (JSON.parse(await server.manifest()) as { epoch: string }).epoch
const about = async () => (await (await fetch(server.library)).json()) as Record<string, unknown>

describe('a plain Redis', () => {
  test('is searched by the server itself, which says so', async () => {
    expect(await about()).toMatchObject({ name: 'zoo', engine: 'exact', records: pictures, epoch: await epochNow() })
  })

  test('gives what comparing with every vector gives', async () => {
    expect(await recall(server, vectors, queries, { engine: 'exact' })).toBeGreaterThan(0.99)
  })

  test('gives the same after pictures came and went', async () => {
    const now = new Map(vectors)
    await addPictures(client, range(60_000, 60_020))
    for (const number of range(60_000, 60_020)) now.set(nameOf(number), vectorOf(number))
    await server.publishes(now.size)
    const gone = nearest(now, queries[0]!, 3)
    await client.del(gone.map(name => `img:${name}`))
    for (const name of gone) now.delete(name)
    await server.publishes(now.size)
    expect(await recall(server, now, queries, { engine: 'exact' })).toBeGreaterThan(0.99)
    await client.del([...range(60_000, 60_020)].map(number => `img:${nameOf(number)}`))
    await addPictures(
      client,
      gone.map(name => Number.parseInt(name, 10)).filter(number => number < pictures),
    )
    await server.publishes(pictures)
  })

  test('tells of each hit what its record says', async () => {
    const { results, epoch } = await search(server, { query: { vector: [...vectorOf(7)] }, k: 1 })
    expect(epoch).toBe(await epochNow())
    expect(results).toMatchObject([
      { key: nameOf(7), record: { id: `zoo/${nameOf(7)}`, path: nameOf(7), source: 'zoo', title: 'picture 7' } },
    ])
    expect(JSON.stringify(results)).not.toContain('Ann')
  })
})

describe('a query', () => {
  test('by a record finds what is near it, and not itself', async () => {
    const { results } = await search(server, { query: { record: nameOf(7) }, k: 5 })
    const others = new Map(vectors)
    others.delete(nameOf(7))
    expect(results.map(({ key }) => key)).toEqual(nearest(others, vectorOf(7), 5))
  })

  test('by a weighted sum is by the sum of the vectors at unit length', async () => {
    const sum = [{ weight: 2, vector: [...vectorOf(3)] }, { weight: -1, record: nameOf(12) }, { record: nameOf(100) }]
    const [a, b, c] = [3, 12, 100].map(number => unit(vectorOf(number)))
    const sought = a!.map((x, i) => 2 * x - b![i]! + c![i]!)
    const { results } = await search(server, { query: { sum }, k: 10 })
    const others = new Map(vectors)
    for (const number of [12, 100]) others.delete(nameOf(number))
    const right = new Set(nearest(others, sought, 10))
    expect(results.filter(({ key }) => right.has(key)).length).toBeGreaterThan(8)
    for (const { key, score } of results) expect(score).toBeCloseTo(cosine(sought, vectors.get(key)!), 2)
  })

  test.each([
    ['dot', (a: Float32Array, b: Float32Array) => cosine(a, b)],
    ['l2', (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((x, i) => x - b[i]!))],
    ['l1', (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0)],
  ])('by %s scores by it', async (metric, score) => {
    const query = vectorOf(50_001)
    const { results } = await search(server, { query: { vector: [...query] }, metric, k: 10 })
    for (const hit of results) {
      const right = score(unit(query), unit(vectors.get(hit.key)!))
      expect(Math.abs(hit.score - right)).toBeLessThan(0.02 * Math.max(1, right))
    }
  })

  test('is filtered by texts, numbers and ranges of fields that are served', async () => {
    const years = new Map([...range(0, 40)].map(number => [nameOf(number), 1980 + (number % 10)]))
    const pipeline = client.multi()
    for (const [name, year] of years) pipeline.hSet(`img:${name}`, { year: String(year) })
    await pipeline.execAsPipeline()
    await client.hSet('img:last.jpg', { vector: Buffer.from(vectorOf(5).buffer), year: '1980', title: 'the last' })
    await server.publishes(pictures + 1)
    const keys = async (filter: unknown, k = 100) =>
      (await search(server, { query: { vector: [...vectorOf(5)] }, k, filter })).results.map(({ key }) => key).sort()
    const of = (...wanted: number[]) => [...years].filter(([, year]) => wanted.includes(year)).map(([name]) => name)
    expect(await keys({ year: '1981' })).toEqual(of(1981))
    expect(await keys({ year: 1981 })).toEqual(of(1981))
    expect(await keys({ year: ['1981', 1983] })).toEqual(of(1981, 1983))
    expect(await keys({ year: { min: 1987 } })).toEqual(of(1987, 1988, 1989))
    expect(await keys({ year: { max: 1981 }, title: 'the last' })).toEqual(['last.jpg'])
    expect(await keys({ title: 'no such title' })).toEqual([])
    await client.del('img:last.jpg')
    await server.publishes(pictures)
  })
})

describe('a search that cannot be answered', () => {
  const vector = [...vectorOf(0)]
  const query = { vector }
  test.each([
    ['no JSON', 'a dog', 400, /^body: expected JSON/],
    ['no query', {}, 400, /^body: expected a query/],
    ['no object', '[1]', 400, /^body: expected an object/],
    ['a misspelt name', { query, limit: 3 }, 400, /^body: expected query, k, filter, metric, epoch, found "limit"/],
    ['two kinds of query', { query: { vector, record: 'a' } }, 400, /^query: expected one of vector and record/],
    ['another dimension', { query: { vector: [1, 2, 3] } }, 400, /^vector: expected 256 dimensions, found 3/],
    ['NaN', `{"query":{"vector":[NaN]}}`, 400, /^body: expected JSON/],
    [
      'numbers too large',
      { query: { vector: vector.map(() => 1e300) } },
      400,
      /^vector: expected numbers, found NaN or/,
    ],
    [
      'text in a vector',
      { query: { vector: [...vector.slice(1), 'x'] } },
      400,
      /^vector: expected an array of numbers/,
    ],
    ['a zero vector', { query: { vector: vector.map(() => 0) } }, 400, /^vector: expected a direction, found zeros/],
    ['k of 0', { query, k: 0 }, 400, /^k: expected a number from 1/],
    ['k below 0', { query, k: -1 }, 400, /^k: expected a number from 1/],
    ['half a k', { query, k: 1.5 }, 400, /^k: expected a number from 1/],
    ['k beyond the records', { query, k: pictures + 1 }, 400, /^k: expected at most 1500/],
    ['an unknown metric', { query, metric: 'hamming' }, 400, /^metric: expected cosine, dot, l2 or l1/],
    [
      'a field that is not served',
      { query, filter: { owner: 'Ann' } },
      400,
      /^filter: expected a field that is served/,
    ],
    ['a filter that says nothing', { query, filter: { title: {} } }, 400, /^filter: expected min, max or both/],
    ['an unknown record', { query: { record: 'no.jpg' } }, 404, /^record: the library has no "no.jpg"/],
    ['an empty sum', { query: { sum: [] } }, 400, /^query: expected vector, record, or sum/],
    ['a weight of 0', { query: { sum: [{ weight: 0, vector }] } }, 400, /^weight: expected a number other than 0/],
    [
      'terms that cancel out',
      { query: { sum: [{ vector }, { weight: -1, vector }] } },
      400,
      /^sum: expected a direction/,
    ],
    ['a lost epoch', { query, epoch: '0'.repeat(32) }, 409, /^epoch: the library has begun anew/],
  ])('is refused with the reason: %s', async (_, body, status, message) => {
    const response = await post(server, body)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: { message: string; status: number } }
    expect(error).toMatchObject({ status, message: expect.stringMatching(message) as string })
  })

  test('takes no other method than POST', async () => {
    expect((await fetch(`${server.library}search`)).status).toBe(405)
  })
})

test('searches go on from the files while Redis is away', async () => {
  const epoch = await epochNow()
  await redis.kill()
  await server.said('Redis is away')
  expect(await about()).toMatchObject({ engine: 'exact' })
  const { results } = await search(server, { query: { record: nameOf(7) }, k: 3, epoch })
  expect(results).toHaveLength(3)
  expect(await recall(server, vectors, queries, { engine: 'exact' })).toBeGreaterThan(0.9)
})
