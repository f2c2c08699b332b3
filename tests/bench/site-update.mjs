/** `picfind index --site` of 10,000 pictures that cost little to encode: what updates cost, and what the bundle consists of. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { run } from '../../web/tools/command.mjs'
import { inRoot } from '../../web/tools/places.mjs'
import { Graph } from '../data/onnx-graph.mjs'
import { median, random, timeOf } from './measure.mjs'
import { atMost, row } from './rows.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const pictures = 10_000
/** Of the vectors that neighbours are found of, and how many of them are new. */
const compared = { rows: 10_000, added: 100 }
const picturesPerPage = 20
/** Of a picture, and of the squares of one colour in it. */
const side = 64
const square = 8
const megabyte = 1024 * 1024

/** picfind-mini with another picture tower: averages of squares and seeded weights. Returns the path of its manifest. */
function cheapModel(folder) {
  const real = JSON.parse(readFileSync(inRoot('models/picfind-mini/model.json'), 'utf8'))
  const { size } = real.preprocess
  const graph = new Graph(1)
  const picture = graph.input('pixel_values', 'float32', ['N', 3, size, size])
  const window = size / square
  const averages = graph.op('AveragePool', [picture], { kernel_shape: [window, window], strides: [window, window] })
  const flat = graph.op('Flatten', [averages], { axis: 1 })
  graph.op('MatMul', [flat, graph.seeded([3 * square * square, real.dim], 1)], {}, real.towers.picture.output)
  const bytes = graph.finish(real.towers.picture.output, ['N', real.dim])
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'vision.onnx'), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const text = JSON.stringify({ ...real, id: 'cheap' }, (key, value) =>
    key === 'path' ? relative(folder, inRoot('models/picfind-mini', value)) : value,
  )
  const manifest = JSON.parse(text)
  manifest.towers.picture.file = { path: 'vision.onnx', bytes: bytes.length, sha256 }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest))
  return join(folder, 'model.json')
}

/** Squares of colours, BMP. */
function picture(seed) {
  const next = random(seed)
  const squares = Array.from({ length: square * square }, () => [256 * next(), 256 * next(), 256 * next()])
  const file = Buffer.alloc(54 + 3 * side * side)
  file.write('BM')
  file.writeUint32LE(file.length, 2)
  file.writeUint32LE(54, 10)
  file.writeUint32LE(40, 14)
  file.writeUint32LE(side, 18)
  file.writeUint32LE(side, 22)
  file.writeUint16LE(1, 26)
  file.writeUint16LE(24, 28)
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [i % side, Math.floor(i / side)].map(place => Math.floor((place * square) / side))
    file.set(squares[y * square + x], 54 + 3 * i)
  }
  return file
}

const pathOf = i => `photos/${2000 + (i % 20)}/IMG_${String(i).padStart(6, '0')}.bmp`

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** Pages that show all pictures but those beyond `count`. */
function writePages(site, count) {
  for (let first = 0; first < count; first += picturesPerPage) {
    const shown = Array.from({ length: Math.min(picturesPerPage, count - first) }, (_, i) => first + i)
    const figures = shown.map(
      i => `<figure><img src="../../${pathOf(i)}" alt="A walk by the lake in the summer of ${2000 + (i % 20)}, number ${i}">
        <figcaption>Seen from the bridge, looking towards the old market</figcaption></figure>`,
    )
    write(join(site, 'albums', String(first), 'index.html'), `<title>Album ${first}</title>${figures.join('\n')}`)
  }
}

export async function* siteUpdate() {
  const place = mkdtempSync(join(tmpdir(), 'picfind-bench-'))
  try {
    const site = join(place, 'public')
    for (let i = 0; i < pictures; i++) write(join(site, pathOf(i)), picture(i))
    writePages(site, pictures)
    const model = cheapModel(join(place, 'model'))
    const index = async () => {
      const command = ['dist/cli/picfind.js', 'index', site, '--site', site, '--model', model, '--json']
      const started = performance.now()
      const output = await run(process.execPath, command, { output: 'text', env: { XDG_CACHE_HOME: place } })
      return { ...JSON.parse(output), seconds: (performance.now() - started) / 1000 }
    }
    const first = await index()
    const name = `A site of ${pictures.toLocaleString('en')} pictures`
    yield row(`${name}, its first bundle, pictures that cost little`, first.seconds, 's')
    const again = []
    for (let round = 0; round < 3; round++) again.push((await index()).seconds)
    yield row(`${name}, indexed again unchanged`, median(again), 's', { goal: atMost(5) })
    write(join(site, 'photos', 'new.bmp'), picture(pictures))
    write(join(site, 'index.html'), '<img src="photos/new.bmp" alt="A new one">')
    const update = await index()
    if (update.new !== 1) throw new Error(`${update.new} pictures are new, not 1`)
    yield row(`${name}, one new picture`, update.seconds, 's')
    yield* weigh(`${name} and its generation before`, join(site, 'picfind'))
    yield await neighbours()
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** How much of comparing all with all is left where most are known. */
async function neighbours() {
  const [{ loadCore }, { nearestNeighbours, vectorKey }] = await Promise.all([
    import(inRoot('dist/engine/core-loader.js')),
    import(inRoot('dist/publish/quick-neighbours.js')),
  ])
  const core = await loadCore({ core: new URL('../../dist/core/', import.meta.url).href, models: '' })
  const statistics = await readStatistics('picfind-mini')
  const dim = statistics.mean.length
  const all = new Vectors(statistics, 1).rows(0, compared.rows)
  const vectors = Array.from({ length: compared.rows }, (_, i) => all.slice(i * dim, (i + 1) * dim))
  const known = vectors.slice(compared.added)
  const before = nearestNeighbours(known, dim, core)
  const former = { keys: known.map(vector => vectorKey(vector, core)), of: row => before[row].map(packed => packed & 0xffffff) }
  const whole = await timeOf(() => nearestNeighbours(vectors, dim, core))
  const carried = await timeOf(() => nearestNeighbours(vectors, dim, core, former))
  const name = `Neighbours of ${compared.rows.toLocaleString('en')} pictures, ${compared.added} of them new`
  return row(`${name}: time against comparing all`, carried / whole, '×', {
    goal: atMost(0.25),
    against: `${(whole / 1000).toFixed(1)} s and ${(carried / 1000).toFixed(1)} s`,
  })
}

function* weigh(name, bundle) {
  const files = readdirSync(bundle, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.parentPath.endsWith('thumbs'))
    .map(entry => statSync(join(entry.parentPath, entry.name)).size)
  const total = files.reduce((sum, size) => sum + size, 0) / megabyte
  yield row(`${name}: files beside thumbnails`, files.length, '', {
    goal: atMost(500),
    against: `${total.toFixed(0)} MiB`,
  })
  yield row(`${name}: the largest file`, Math.max(...files) / megabyte, 'MiB', { goal: atMost(20) })
}
