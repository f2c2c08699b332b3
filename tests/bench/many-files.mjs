/** 50,000 files with a seeded graph of a few kilobytes as encoder: what the pipeline itself needs of memory and time. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'
import { median } from './measure.mjs'
import { atMost, row } from './rows.mjs'

const files = 50_000
const foldersOfFiles = 100
/** Files after which workers, caches and heaps have their size. */
const settled = 2000

/** A grey BMP of 8 × 8 whose last pixels are the number: a file and a hash of its own. */
function bmp(number) {
  const file = new Uint8Array(54 + 8 * 24).fill(128)
  const view = new DataView(file.buffer)
  file.fill(0, 0, 54)
  file.set([0x42, 0x4d])
  view.setUint32(2, file.length, true)
  view.setUint32(10, 54, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, 8, true)
  view.setInt32(22, 8, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  view.setUint32(file.length - 4, number, true)
  return file
}

function writeFiles(folder, count) {
  for (let i = 0; i < foldersOfFiles; i++) mkdirSync(join(folder, String(i)), { recursive: true })
  for (let i = 0; i < count; i++) writeFileSync(join(folder, String(i % foldersOfFiles), `${i}.bmp`), bmp(i))
}

/** Seconds for a thousand files between two samples. */
const pace = (a, b) => (1000 * (b.seconds - a.seconds)) / (b.indexed - a.indexed)

export async function* manyFiles() {
  const place = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  try {
    const pictures = join(place, 'pictures')
    writeFiles(pictures, files)
    const model = inRoot('tests/data/tiny-model/model.json')
    const program = inRoot('tests/bench/many-files-process.mjs')
    const output = await run(process.execPath, [program, pictures, place, model], { output: 'text' })
    const samples = output
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const after = samples.filter(({ indexed }) => indexed >= settled)
    const size = Math.ceil(after.length / 5)
    const [first, last] = [after.slice(0, size), after.slice(-size)]
    const megabytes = part => median(part.map(sample => sample.megabytes))
    const name = `Indexing ${files.toLocaleString('en')} files`
    const memory = `${megabytes(first).toFixed(0)} MB in the first fifth after ${settled}, ${megabytes(last).toFixed(0)} MB in the last`
    yield row(`${name}: memory, last fifth against first`, megabytes(last) / megabytes(first), '×', {
      goal: atMost(1.1),
      against: memory,
    })
    const [early, late] = [pace(first[0], first.at(-1)), pace(last[0], last.at(-1))]
    yield row(`${name}: time a file, last fifth against first`, late / early, '×', {
      goal: atMost(1.25),
      against: `${early.toFixed(2)} and ${late.toFixed(2)} ms a file`,
    })
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
