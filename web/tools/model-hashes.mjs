// Writes size and sha256 of every file that ships with Picfind into the manifests under models/.
// node web/tools/model-hashes.mjs [FOLDER…]   (default: every folder of models/; run it after the files of a model have changed)

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const models = fileURLToPath(new URL('../../models/', import.meta.url))
const folders = process.argv.length > 2 ? process.argv.slice(2) : readdirSync(models).map(name => join(models, name))

/** Calls `visit` with every object in `value` that has a path. */
function forEachShipped(value, visit) {
  if (typeof value !== 'object' || value === null) return
  if (typeof value.path === 'string') visit(value)
  for (const inner of Object.values(value)) forEachShipped(inner, visit)
}

for (const folder of folders) {
  const path = join(folder, 'model.json')
  if (!existsSync(path)) continue
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  forEachShipped(manifest, file => {
    const bytes = readFileSync(join(folder, file.path))
    file.bytes = bytes.length
    file.sha256 = createHash('sha256').update(bytes).digest('hex')
  })
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  if (text === readFileSync(path, 'utf8')) continue
  writeFileSync(path, text)
  console.log(`${path}: updated`)
}
