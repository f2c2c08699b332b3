import type { Core, CoreError } from './core.ts'
import { PicfindError } from './errors.ts'
import type { Assets } from './options.ts'

type CreateCore = () => Promise<Core>

const cores = new Map<string, Promise<Core>>()
/** Where an instance is from. */
const addresses = new WeakMap<Core, string>()
/** Instances that have trapped. What is in their memory is in doubt. */
const lost = new WeakSet<Core>()

/** The wasm core, one instance for each thread until that is lost. */
export function loadCore(assets: Assets): Promise<Core> {
  return coreFrom(new URL('picfind-core.js', assets.core).href)
}

function coreFrom(url: string): Promise<Core> {
  const known = cores.get(url)
  if (known) return known
  const loading = instantiate(url)
  cores.set(url, loading)
  loading.catch(() => cores.delete(url))
  return loading
}

/** A running instance; another one if `core` has been lost. */
export function runningCore(core: Core): Core | Promise<Core> {
  const url = addresses.get(core)
  return lost.has(core) && url !== undefined ? coreFrom(url) : core
}

/** Whether `error` is the end of an instance: a trap, or memory that ran out. Then `core` is not given out any more. */
export function isLoss(error: unknown, core: Core): boolean {
  if (!(error instanceof WebAssembly.RuntimeError)) return false
  if (!lost.has(core)) cores.clear()
  lost.add(core)
  return true
}

async function instantiate(url: string): Promise<Core> {
  const { default: create } = (await import(/* @vite-ignore */ url)) as { default: CreateCore }
  const core = await create()
  addresses.set(core, url)
  return core
}

/** The value, or the core's error thrown as ours; `subject` is what the message is about. */
export function expectValue<T>(result: T | CoreError | null, subject: string): T {
  if (isCoreError(result)) throw coreFailure(result, subject)
  return result as T
}

export function isCoreError(result: unknown): result is CoreError {
  return typeof result === 'object' && result !== null && 'error' in result
}

function coreFailure({ error }: CoreError, subject: string): PicfindError {
  return new PicfindError(error.code, `${subject}: ${error.message}`)
}
