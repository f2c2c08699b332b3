import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from './places.mjs'

function* filesIn(path) {
  if (!statSync(inRoot(path)).isDirectory()) {
    yield path
    return
  }
  for (const name of readdirSync(inRoot(path)).sort()) yield* filesIn(join(path, name))
}

/** Of the names and bytes of files and folders: after a change of branch times say nothing. */
function hashOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of filesIn(path)) {
      const bytes = readFileSync(inRoot(file))
      hash.update(`${file} ${bytes.length}\n`).update(bytes)
    }
  }
  return hash.digest('hex')
}

/**
 * Runs a step of the build unless its outputs are there and made from the inputs as they are now; says whether it ran.
 * The record is dropped first and written last, so that an interrupted step runs again.
 */
export async function step({ name, inputs, outputs, run }) {
  const record = inRoot('build', 'inputs', name)
  const hash = hashOf(inputs)
  const made = outputs.every(path => existsSync(inRoot(path)))
  if (made && existsSync(record) && readFileSync(record, 'utf8') === hash) return false
  rmSync(record, { force: true })
  console.log(`Building ${name}`)
  await run()
  mkdirSync(inRoot('build', 'inputs'), { recursive: true })
  writeFileSync(record, hash)
  return true
}
