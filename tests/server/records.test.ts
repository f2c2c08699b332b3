/** Records that clients write, and delete, by HTTP. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { filesOf } from './library-files.ts'
import { everyoneWrites } from './processes.ts'
import { nameOf, vectorOf } from './vectors.ts'
import { startZoo, type Zoo } from './zoo.ts'

let client: Zoo['client']
let server: Zoo['server']
let stop: Zoo['stop']

beforeEach(async () => {
  ;({ client, server, stop } = await startZoo(100, [...everyoneWrites, '--fields', 'title,size', '--purge-after', '1']))
})

afterEach(() => stop())

const put = (path: string, body: unknown) =>
  fetch(`${server.library}records${path}`, {
    method: 'PUT',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const vector = Array.from(vectorOf(500))

test('a record that is put lies in Redis as any other, and is published', async () => {
  const answer = await put('/2024/a%20b.jpg', { vector, fields: { title: 'a b', size: 12, owner: 'Ann' } })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ written: 1, skipped: [], left_out: ['owner'] })
  await server.publishes(101)
  expect(await client.hGet('img:2024/a b.jpg', 'title')).toBe('a b')
  expect(await client.hGet('img:2024/a b.jpg', 'owner')).toBeNull()
  await put('/2024/a%20b.jpg', { vector })
  expect(await client.hGet('img:2024/a b.jpg', 'title')).toBeNull()
})

test('many are put in one request, and those that are none are told by their keys', async () => {
  const lines = [
    JSON.stringify({ key: 'one.jpg', vector }),
    JSON.stringify({ key: 'two.jpg', vector: vector.slice(1) }),
    '{"key":',
    JSON.stringify({ vector }),
    JSON.stringify({ key: 'three.jpg', vector, fields: { title: 'three' } }),
  ]
  const answer = await put('', lines.join('\n'))
  const said = (await answer.json()) as { written: number; skipped: { key: string; reason: string }[] }
  expect(said.written).toBe(2)
  expect(said.skipped.map(({ key }) => key)).toEqual(['two.jpg', 'line 3', 'line 4'])
  expect(said.skipped[0]?.reason).toBe('vector: expected 256 dimensions, found 255')
  await server.publishes(102)
})

test.each([
  ['no JSON', 'hello'],
  ['no vector', '{}'],
  ['a vector with something else in it', '{"vector":["a"]}'],
  ['fields that are no object', JSON.stringify({ vector, fields: [] })],
])('%s is answered with a sentence', async (_, body) => {
  const answer = await put('/a.jpg', body)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('expected'), status: 400 } })
})

test('a picture that is deleted is hidden at once, and soon in no file', async () => {
  const holds = async (name: string) => {
    for (const file of (await filesOf(server)).keys()) {
      if ((await (await fetch(server.library + file)).text()).includes(name)) return true
    }
    return false
  }
  const before = [...(await filesOf(server)).keys()]
  expect(await holds(nameOf(3))).toBe(true)
  const gone = () => fetch(`${server.library}records/${nameOf(3)}`, { method: 'DELETE' })
  expect((await gone()).status).toBe(204)
  expect((await gone()).status).toBe(404)
  await server.publishes(99)
  for await (const _ of server.events()) if (!(await holds(nameOf(3)))) break
  const statuses = await Promise.all(before.map(async file => (await fetch(server.library + file)).status))
  expect(statuses).toContain(404)
})
