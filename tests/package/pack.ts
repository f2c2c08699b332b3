/** Packs what ships and installs it, with the generator of eleventy/, into one temporary folder for all tests of this suite. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package, a file. */
    tarball: string
    /** A folder with the package in its node_modules; folders inside find it there. */
    workshop: string
  }
}

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const generator = fileURLToPath(new URL('eleventy', import.meta.url))

export async function setup(project: TestProject): Promise<() => void> {
  const workshop = mkdtempSync(join(tmpdir(), 'picfind-package-'))
  const npm = (...args: string[]) => promisify(execFile)('npm', args, { cwd: workshop })
  const install = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(generator, file), join(workshop, file))
  await npm('ci', ...install)
  await npm('pack', '--ignore-scripts', '--pack-destination', workshop, checkout)
  const tarball = join(workshop, readdirSync(workshop).find(name => name.endsWith('.tgz'))!)
  await npm('install', '--no-save', ...install, tarball)
  project.provide('tarball', tarball)
  project.provide('workshop', workshop)
  return () => rmSync(workshop, { recursive: true, force: true })
}
