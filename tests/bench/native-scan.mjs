/** The core's scan compiled natively, built once and run as a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'

const folder = inRoot('build', 'bench', 'native')

async function compile() {
  const configure = ['-S', 'tests/bench/native', '-B', folder, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release']
  await run('cmake', configure, { output: 'errors' })
  await run('cmake', ['--build', folder, '--', '--quiet'], { output: 'errors' })
}

/** vectors: float32[(rows + queries)·dim]. `milliseconds()` gives the median time of a query; `remove()` ends it. */
export async function nativeScan({ vectors, dim, rows, candidates, k }) {
  await compile()
  const place = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  const file = join(place, 'vectors')
  writeFileSync(file, vectors)
  const args = [file, dim, rows, candidates, k].map(String)
  return {
    milliseconds: async () => Number(await run(join(folder, 'exact_scan'), args, { output: 'text' })),
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}
