import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkout, temporaryFolder } from '../web/picfind-process.ts'
import { bearer } from './processes.ts'
import { startZoo, type Zoo } from './zoo.ts'

const folder = temporaryFolder()
const token = 'for-tests-only'

let server: Zoo['server']
let stop: Zoo['stop'] | undefined

beforeAll(async () => {
  const tokens = join(folder.path, 'tokens')
  writeFileSync(tokens, `tester write * never ${createHash('sha256').update(token).digest('hex')}\n`)
  ;({ server, stop } = await startZoo(40, ['--tokens', tokens], token))
})

afterAll(async () => {
  await stop?.()
  folder.remove()
})

test('the server serves its own description', async () => {
  const served = await (await fetch(`${server.url}v1/openapi.json`)).text()
  expect(served).toBe(readFileSync(join(checkout, 'server', 'openapi.json'), 'utf8'))
})

test('it answers as it is described, whatever is asked', { timeout: 300_000 }, async () => {
  const program = execFileSync(join(import.meta.dirname, 'schemathesis.sh'), { encoding: 'utf8' }).trim()
  const [python, ...cli] = program.split(' ')
  const manifest = JSON.parse(await server.manifest(token)) as { segments: { file: string }[] }
  const settings = join(folder.path, 'schemathesis.toml')
  const real = { library: '"zoo"', file: `"${manifest.segments[0]!.file}"` }
  const parameters = Object.entries(real).map(([name, value]) => `"path.${name}" = ${value}`)
  writeFileSync(settings, `[parameters]\n${parameters.join('\n')}\n`)
  // A stream without an end is no answer to wait for: events.test.ts reads it.
  const what = ['--exclude-path-regex', '/events$', '--phases', 'examples,coverage,fuzzing']
  // What is good depends on the library too: the dimension of its vectors, the fields it serves, the keys it has. And no
  // schema can say that a vector is not all zeros, or that terms of a sum do not cancel each other out.
  const checks = ['--exclude-checks', 'positive_data_acceptance']
  const how = [
    '--max-examples',
    '40',
    '--seed',
    '1',
    '--generation-deterministic',
    '--header',
    `Authorization: Bearer ${token}`,
  ]
  const args = [
    ...cli,
    '--config-file',
    settings,
    'run',
    join(checkout, 'server', 'openapi.json'),
    '--url',
    server.url,
    ...what,
    ...checks,
    ...how,
  ]
  const run = spawn(python!, args, {
    // It leaves a folder of its own where it runs.
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PYTHONPATH: import.meta.dirname,
      SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  })
  const said = await text(run.stdout)
  expect(said).not.toContain('FAILURES')
  expect(said).toMatch(/passed/)
})

test('events are as they are described', async () => {
  const { components } = JSON.parse(readFileSync(join(checkout, 'server', 'openapi.json'), 'utf8')) as {
    components: { schemas: { ManifestEvent: { required: string[]; properties: Record<string, { pattern?: string }> } } }
  }
  const { required, properties } = components.schemas.ManifestEvent
  for await (const event of server.events(bearer(token))) {
    expect(Object.keys(event)).toEqual(expect.arrayContaining(required))
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(event)))
    expect(event.sha256).toMatch(new RegExp(properties.sha256!.pattern!))
    break
  }
})
