import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, retry, run } from './command.mjs'
import { apt, hasApt, mayInstall, updateListsFor } from './debian.mjs'
import { cache } from './places.mjs'

const debianPackage = 'tuxpaint-stamps-default'
const unpacked = join(cache, 'stamps')

/** About 800 pictures with captions, of Tux Paint (GPL-2): the demo and test corpus, never part of this project. */
export const stampsFolder = join(unpacked, 'usr', 'share', 'tuxpaint', 'stamps')

/** Fetches the stamps once; Debian's package is unpacked in the cache, not installed. */
export async function fetchStamps() {
  if (existsSync(stampsFolder)) return stampsFolder
  if (!hasApt()) throw new Failure(`The stamps are missing: unpack Debian's package ${debianPackage} into ${unpacked}`)
  console.log(`Fetching Tux Paint's stamps (161 MB, once) into ${unpacked}`)
  if (await mayInstall()) await updateListsFor([debianPackage])
  const work = `${unpacked}.work`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(join(work, 'root'), { recursive: true })
  try {
    await retry('apt-get download', () =>
      apt(['-o', 'APT::Sandbox::User=', '-o', 'Acquire::Retries=3', 'download', debianPackage], { folder: work }),
    )
    const archive = readdirSync(work).find(name => name.endsWith('.deb'))
    await run('dpkg-deb', ['-x', join(work, archive), join(work, 'root')])
    rmSync(unpacked, { recursive: true, force: true })
    renameSync(join(work, 'root'), unpacked)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return stampsFolder
}
