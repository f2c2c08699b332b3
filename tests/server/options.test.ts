import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../web/picfind-process.ts'
import { RunningRedis, RunningServer, serverProgram } from './processes.ts'

const folder = temporaryFolder()
let redis: RunningRedis

beforeAll(async () => {
  redis = await RunningRedis.start()
})

afterAll(async () => {
  await redis?.stop()
  folder.remove()
})

function configFile(...lines: string[]): string {
  const path = join(folder.path, 'picfind.conf')
  writeFileSync(path, `# as in README\n${lines.join('\n')}\n`)
  return path
}

/** What it says when it will not start so. */
function complaint(args: string[], env: Record<string, string> = {}): string {
  const ended = spawnSync(serverProgram, args, { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 10_000 })
  expect(ended.status).toBe(2)
  return ended.stderr.trim()
}

const enough = ['--library', 'zoo', '--model', 'picfind-mini']

test('an option is a flag, a variable, or a line of a file, and counts in that order', async () => {
  const config = configFile('max-connections = 7', 'timeout = 5', 'tls-self-signed = true', 'idle-timeout = 5')
  const env = { PICFIND_CONFIG: config, PICFIND_TIMEOUT: '6', PICFIND_MAX_CONNECTIONS: '8' }
  const server = await RunningServer.start(redis, ['--max-connections', '9'], env)
  const { options } = await server.said('options')
  expect(options).toMatchObject({
    'max-connections': 9,
    timeout: 6,
    'idle-timeout': 5,
    'tls-self-signed': true,
    layout: 'hash',
  })
  await server.stop()
})

test('what it was started with is in the log, without the password of Redis', async () => {
  const server = await RunningServer.start(redis, ['--redis', `redis://ann:secret@127.0.0.1:${redis.port}/0`])
  expect((await server.said('options')).options).toMatchObject({ redis: `redis://127.0.0.1:${redis.port}/0` })
  expect(JSON.stringify(server.log)).not.toContain('secret')
  await server.stop()
})

test.each([
  [
    'a flag that there is not',
    [...enough, '--libary', 'zoo'],
    {},
    "unrecognised option '--libary'; --help lists all options",
  ],
  ['half a flag', [...enough, '--lis', ':80'], {}, "unrecognised option '--lis'"],
  ['a word too many', [...enough, 'zoo'], {}, 'too many positional options'],
  [
    'a variable that there is not',
    enough,
    { PICFIND_LIBARY: 'zoo' },
    "environment: unrecognised option 'PICFIND_LIBARY'",
  ],
  [
    'a variable that is no number',
    enough,
    { PICFIND_TIMEOUT: 'soon' },
    "environment: the argument ('soon') for option 'timeout' is invalid",
  ],
  ['a number below none', [...enough, '--timeout=-1'], {}, '--timeout: expected 1 to 2678400, found'],
  ['no connections', [...enough, '--max-connections', '0'], {}, '--max-connections: expected 1 to 1000000, found 0'],
  ['no library', ['--model', 'picfind-mini'], {}, '--library: expected a name'],
  ['no address', [...enough, '--listen', 'localhost'], {}, '--listen: expected ADDRESS:PORT'],
  ['no Redis', [...enough, '--redis', 'http://127.0.0.1'], {}, '--redis: expected redis://'],
  [
    'a layout that there is not',
    [...enough, '--layout', 'list'],
    {},
    '--layout: expected hash, json or vectorset, found "list"',
  ],
  [
    'a vector set without its key',
    [...enough, '--layout', 'vectorset'],
    {},
    '--prefix: expected the key of the vector',
  ],
  [
    'vector sets beside one',
    [...enough, '--layout', 'vectorset', '--prefix', 'a', '--keys', 'b,c'],
    {},
    '--prefix: expected the key of the vector set, or the keys of several by --keys, found both',
  ],
  [
    'a vector set twice',
    [...enough, '--layout', 'vectorset', '--keys', 'a,b,a'],
    {},
    '--keys: expected each key once, found a twice',
  ],
  ['keys of a prefix', [...enough, '--keys', 'a,b'], {}, '--keys: expected none beside a --layout that'],
  ['an address that is no origin', [...enough, '--cors', 'https://a.example/page'], {}, '--cors: expected an origin'],
  [
    'a certificate without its key',
    [...enough, '--tls-cert', 'a.pem'],
    {},
    '--tls-cert and --tls-key: expected both or none',
  ],
  [
    'a certificate that is not there',
    [...enough, '--tls-cert', '/none.pem', '--tls-key', '/none.key'],
    {},
    '--tls-cert: expected certificates as PEM in /none.pem',
  ],
  [
    'two kinds of certificate',
    [...enough, '--tls-cert', 'a', '--tls-key', 'b', '--tls-self-signed'],
    {},
    '--tls-self-signed: expected no --tls-cert beside it',
  ],
  [
    'certificates of Redis that are not there',
    [...enough, '--redis-ca', '/none.pem'],
    {},
    '--redis-ca: expected certificates as PEM in /none.pem',
  ],
  ['a file that is not there', [...enough, '--config', '/none.conf'], {}, '--config: /none.conf cannot be read'],
] as const)('%s is told', (_, args, env, expected) => {
  expect(complaint([...args, '--models', 'models'], env)).toContain(`picfind-server: ${expected}`)
})

test('a line of the file that says nothing it knows is told, with the file', () => {
  const unknown = configFile('library = zoo', 'libary = zoo')
  expect(complaint(['--config', unknown])).toContain(`${unknown}: unrecognised option 'libary'`)
  const wrong = configFile('timeout = soon')
  expect(complaint(['--config', wrong])).toContain(`${wrong}: the argument ('soon') for option 'timeout' is invalid`)
})
