import { afterAll, expect, test } from 'vitest'
import { addPictures, range } from './vectors.ts'
import { startZoo } from './zoo.ts'

const { client, server, stop } = await startZoo(40)

afterAll(stop)

async function published() {
  const { epoch, sequence } = JSON.parse(await server.manifest()) as { epoch: string; sequence: number }
  return { epoch, sequence }
}

test('events begin with what is published, or after what was heard last', async () => {
  const { epoch, sequence } = await published()
  const fromStart = server.events()
  expect((await fromStart.next()).value).toMatchObject({ epoch, sequence })
  const resumed = server.events({ 'last-event-id': `${epoch}:${sequence}` })
  const next = resumed.next()
  await addPictures(client, range(100, 101))
  expect((await next).value).toMatchObject({ epoch, sequence: sequence + 1 })
  // One who was away for a while hears of the newest, not of each.
  const late = server.events({ 'last-event-id': `${epoch}:1` })
  expect((await late.next()).value).toMatchObject(await published())
  for (const events of [fromStart, resumed, late]) await events.return(undefined)
})

test('events of an epoch that is lost are refused', async () => {
  const { sequence } = await published()
  for (const id of [`${'0'.repeat(32)}:${sequence}`, 'nonsense']) {
    const response = await fetch(`${server.library}events`, { headers: { 'last-event-id': id } })
    expect(response.status).toBe(409)
    expect(await response.text()).toContain('ask for manifest.json again')
  }
})

test('where nothing happens it is said that the server is still there', async () => {
  const stop = new AbortController()
  const { epoch, sequence } = await published()
  const headers = { 'last-event-id': `${epoch}:${sequence}` }
  const response = await fetch(`${server.library}events`, { headers, signal: stop.signal })
  const first = await response.body!.getReader().read()
  expect(new TextDecoder().decode(first.value)).toBe(': still here\n\n')
  stop.abort()
})
