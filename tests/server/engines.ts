/** Redis servers with engines of their own, and Python with the tools that write vectors: fetched by engines.sh. */
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from '../web/picfind-process.ts'
import { freePort, type RedisClient, type RedisProgram, RunningRedis } from './processes.ts'

/** What engines.sh answers; it fails by saying what cannot be had. */
function places(): { redis8: string; python: string } {
  const text = execFileSync('bash', [join(checkout, 'tests', 'server', 'engines.sh')], { encoding: 'utf8' })
  const said = new Map(text.split('\n').map(line => line.split('=') as [string, string]))
  return { redis8: said.get('redis8')!, python: said.get('python')! }
}

/** Redis 8 with vector sets. */
const redis8 = (): RedisProgram => ({ command: join(places().redis8, 'redis-server'), options: {} })

/** The same with the query engine and RedisJSON. */
function redisStack(): RedisProgram {
  const { command } = redis8()
  const module = (name: string) => ['loadmodule', join(places().redis8, `${name}.so`)] as const
  return { command, options: {}, repeated: [module('redisearch'), module('rejson')] }
}

export const startRedis8 = (): Promise<RunningRedis> => RunningRedis.start(redis8())
export const startRedisStack = (): Promise<RunningRedis> => RunningRedis.start(redisStack())

/** Three masters, each with a third of the slots, and no coordinator of the query engine. */
export async function startCluster(): Promise<{ redis: RunningRedis; client: RedisClient; holds: SlotRange }[]> {
  const slots = 16_384
  const nodes = []
  for (let i = 0; i < 3; i++) {
    const bus = await freePort()
    const program = redisStack()
    const options = { ...program.options, 'cluster-enabled': 'yes', 'cluster-port': String(bus) }
    const redis = await RunningRedis.start({ ...program, options })
    const holds = { first: Math.ceil((i * slots) / 3), last: Math.ceil(((i + 1) * slots) / 3) - 1 }
    nodes.push({ redis, bus, holds, client: await redis.client(), isReady: redis.logs('Cluster state changed: ok') })
  }
  for (const [i, { client, holds }] of nodes.entries()) {
    await client.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)])
    await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', String(holds.first), String(holds.last)])
  }
  for (const { redis, bus } of nodes.slice(1))
    await nodes[0]!.client.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(redis.port), String(bus)])
  await Promise.all(nodes.map(({ isReady }) => isReady))
  return nodes
}

export interface SlotRange {
  first: number
  last: number
}

/** Runs a program of tests/server/writers, which puts vectors into Redis as its tool's users do. */
export async function write(program: string, ...args: string[]): Promise<void> {
  const file = join(checkout, 'tests', 'server', 'writers', program)
  await promisify(execFile)('python3', [file, ...args], { env: { ...process.env, PYTHONPATH: places().python } })
}

/** An index of the query engine over the hashes that tests write. */
export async function createIndex(
  client: RedisClient,
  {
    name = 'idx',
    on = 'HASH',
    prefix = 'img:',
    algorithm = 'FLAT',
    type = 'FLOAT32',
    dim,
    fields = [] as string[],
  }: IndexOptions,
): Promise<void> {
  const path = on === 'JSON' ? ['$.vector', 'AS', 'vector'] : ['vector']
  const vector = ['VECTOR', algorithm, '6', 'TYPE', type, 'DIM', String(dim), 'DISTANCE_METRIC', 'COSINE']
  await client.sendCommand([
    'FT.CREATE',
    name,
    'ON',
    on,
    'PREFIX',
    '1',
    prefix,
    'SCHEMA',
    ...path,
    ...vector,
    ...fields,
  ])
}

export interface IndexOptions {
  name?: string
  on?: 'HASH' | 'JSON'
  prefix?: string
  algorithm?: 'FLAT' | 'HNSW'
  type?: 'FLOAT32' | 'FLOAT16'
  dim: number
  fields?: string[]
}
