import { randomUUID } from 'node:crypto'
import { link, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { errnoOf, readIfThere, unlessMissing } from './files-node.ts'
import type { WriterLock } from './store.ts'

/** Locks this process holds: a lock file with our process id and none of these was left by an earlier process of the same id. */
const held = new Set<string>()

/** Milliseconds between two touches of a lock by its holder, and after which one that was not touched is stale. */
const touchInterval = 10_000
const staleAfter = 60_000

export interface FileLock extends WriterLock {
  /** False once another has taken it over, because its holder slept for longer than it stays fresh. */
  isHeld(): Promise<boolean>
}

/**
 * A lock as a file that names its process, which touches it while it holds it; one whose process is gone is taken over. undefined
 * while another holds it.
 */
export async function takeFileLock(path: string): Promise<FileLock | undefined> {
  if (held.has(path)) return undefined
  held.add(path)
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), token: randomUUID() })
  let taken = false
  try {
    taken = (await createLock(path, owner)) || ((await removeStaleLock(path)) && (await createLock(path, owner)))
  } finally {
    if (!taken) held.delete(path)
  }
  if (!taken) return undefined
  const isHeld = async () => {
    const found = await readIfThere(path)
    return found !== undefined && new TextDecoder().decode(found) === owner
  }
  const touch = async () => {
    const now = new Date()
    if (await isHeld()) await utimes(path, now, now)
  }
  const touching = setInterval(() => void touch().catch(() => undefined), touchInterval)
  touching.unref()
  return {
    isHeld,
    release: async () => {
      clearInterval(touching)
      if (await isHeld()) await unlink(path).catch(unlessMissing)
      held.delete(path)
    },
  }
}

/** Makes the lock with its content in one step, so that whoever finds it can tell whose it is. */
async function createLock(path: string, owner: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.picfind-tmp`
  await writeFile(temporary, owner)
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    return createLockWithoutLinks(path, owner)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** For file systems of USB sticks, which have no hard links. */
async function createLockWithoutLinks(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx' })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Whether the way is free: the process that made the lock is gone, and so is now its lock. */
async function removeStaleLock(path: string): Promise<boolean> {
  const before = await stat(path).catch(unlessMissing)
  if (!before) return true
  if (!(await isStale(path, before.mtimeMs))) return false
  // Whoever renames it first removes it; another process may have made a new one since we looked.
  const aside = `${path}.${process.pid}.picfind-tmp`
  try {
    await rename(path, aside)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true
    throw error
  }
  const after = await stat(aside)
  if (after.ino !== before.ino || after.mtimeMs !== before.mtimeMs) {
    await rename(aside, path)
    return false
  }
  await rm(aside, { force: true })
  return true
}

async function isStale(path: string, modified: number): Promise<boolean> {
  const bytes = await readIfThere(path)
  if (!bytes) return true
  let owner: { pid?: unknown; host?: unknown }
  try {
    owner = JSON.parse(new TextDecoder().decode(bytes)) as typeof owner
  } catch {
    // Not filled yet, or its process was killed before it could.
    return Date.now() - modified > touchInterval
  }
  // A process on another host cannot be asked, and one of the same id may be another program's.
  if (Date.now() - modified > staleAfter) return true
  if (owner.host !== hostname()) return false
  if (typeof owner.pid !== 'number' || owner.pid === process.pid) return true
  try {
    process.kill(owner.pid, 0)
    return false
  } catch (error) {
    return errnoOf(error) === 'ESRCH'
  }
}
