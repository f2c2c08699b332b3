/** A token table for quick search of a model that has none of its own: fitted once to its text towers and kept beside its downloads. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readIfThere, replaceFile } from '../engine/files-node.ts'
import { downloadFolder } from '../engine/model-cache-node.ts'
import { type ModelFile, type ModelManifest, parseManifest, placeOf, type TableTower } from '../engine/models.ts'
import { TokenTable } from '../engine/token-table.ts'
import { Tokenizer } from '../engine/tokenizer.ts'
import { unitVector } from '../engine/unit-vector.ts'
import { type Basis, fitRows, principalBasis, project, tableFile } from './fit-table.ts'

/** Dimensions of a table: as many as picfind-mini's, whose shards and codes are small. */
const mostDimensions = 128
/** One of so many phrases is kept out of the fit. */
const heldOutOf = 20
/** Of the phrases kept out, those that are compared with each other. */
const mostCompared = 2000

/** What quick search is written with in place of the model. */
export interface QuickTable {
  /** The model with this table as its only text tower. */
  manifest: ModelManifest
  read(file: ModelFile): Promise<Uint8Array>
  /** Vectors of pictures and texts where the table's are: float32[dim of the model] → float32[dim of the table]. */
  project(vector: Float32Array): Float32Array
  /** Of all that decides it. */
  sha256: string
}

/** What is lost against the text towers, on phrases that were kept out of the fit. */
export interface TableQuality {
  phrases: number
  heldOut: number
  dimensions: number
  /** Of the table's vectors to the towers', on average. */
  cosine: number
  /** How often the towers' vector of a phrase is among the ten of all phrases compared that are nearest to the table's. */
  recallAt10: number
}

interface TableNote extends TableQuality {
  format: 1
  /** Of the text towers. */
  towers: string
  sha256: string
}

const hashOf = (...parts: (Uint8Array | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')

const folderOf = ({ id }: ModelManifest) => join(downloadFolder(id), 'quick-table')
const names = { note: 'table.json', rows: 'rows.bin', basis: 'basis.bin' }

/** What a table is fitted to: it is of no use for other towers. */
function towersOf({ towers, queries }: ModelManifest): string {
  const best = new Set(queries.best.flatMap(({ blend }) => blend.map(({ tower }) => tower)))
  const files = towers.text.filter(({ id }) => best.has(id)).map(({ file }) => file.sha256 ?? placeOf(file))
  return hashOf(JSON.stringify([files, queries.best]))
}

/** English word pieces of another model, whose tokenizer tables are cut by: quick search knows no byte pairs. */
export interface Pieces {
  /** Path of its manifest. */
  manifest: string
}

interface OpenPieces {
  tower: TableTower
  words: ModelFile | undefined
  tokenizer: Tokenizer
  read(file: ModelFile): Promise<Uint8Array>
  idsOf(text: string): number[]
}

async function openPieces({ manifest: path }: Pieces): Promise<OpenPieces> {
  const { towers, words } = parseManifest(await readFile(path, 'utf8'), path)
  const tower = towers.text.find((tower): tower is TableTower => tower.kind === 'table')!
  const read = async (file: ModelFile): Promise<Uint8Array> => readFile(join(dirname(path), placeOf(file)))
  const tokenizer = new Tokenizer(await read(tower.tokenizer), tower.tokenizer, placeOf(tower.tokenizer))
  const skipped = new Set(tower.skip.map(token => tokenizer.idOf(token)))
  const { start, end } = tower.affixes
  const idsOf = (text: string) => {
    const ids = tokenizer.encode(text)
    return ids.slice(start, ids.length - end).filter(id => !skipped.has(id))
  }
  return { tower, words, tokenizer, read, idsOf }
}

/** `vectors`: what the model's text towers give for the phrases, float32[model.dim], unit length. Keeps the table and says how good it is. */
export async function makeQuickTable(
  model: ModelManifest,
  pieces: Pieces,
  phrases: readonly string[],
  vectors: readonly Float32Array[],
): Promise<TableQuality> {
  const { idsOf, tower, read } = await openPieces(pieces)
  const texts = phrases.map(idsOf)
  const isHeldOut = (i: number) => i % heldOutOf === heldOutOf - 1
  const known = [...texts.keys()].filter(i => texts[i]!.length > 0)
  const fitted = known.filter(i => !isHeldOut(i))
  const basis = principalBasis(
    fitted.map(i => vectors[i]!),
    model.dim,
    Math.min(mostDimensions, model.dim),
  )
  const targets = vectors.map(vector => project(basis, vector))
  const { tokens } = new TokenTable(await read(tower.file), tower.dim, placeOf(tower.file))
  const rows = fitRows(
    fitted.map(i => texts[i]!),
    fitted.map(i => targets[i]!),
    tokens,
    basis.count,
  )
  const file = tableFile(rows, basis.count)
  const table = new TokenTable(file, basis.count, names.rows)
  const compared = known.filter(isHeldOut).slice(0, mostCompared)
  const quality = {
    phrases: fitted.length,
    heldOut: compared.length,
    dimensions: basis.count,
    ...compare(
      compared.map(i => unitVector(table.sum(texts[i]!), names.rows)),
      compared.map(i => targets[i]!),
    ),
  }
  await keep(model, file, basis, quality)
  return quality
}

function compare(
  found: readonly (Float32Array | undefined)[],
  targets: readonly Float32Array[],
): Pick<TableQuality, 'cosine' | 'recallAt10'> {
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  let cosines = 0
  let hits = 0
  found.forEach((vector, i) => {
    if (!vector) return
    const own = dot(vector, targets[i]!)
    cosines += own
    if (targets.filter(target => dot(vector, target) > own).length < 10) hits++
  })
  return { cosine: cosines / found.length, recallAt10: hits / found.length }
}

async function keep(model: ModelManifest, rows: Uint8Array, basis: Basis, quality: TableQuality): Promise<void> {
  const folder = folderOf(model)
  const directions = new Uint8Array(basis.directions.buffer)
  const note: TableNote = { format: 1, towers: towersOf(model), sha256: hashOf(rows, directions), ...quality }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, names.rows), rows)
  await writeFile(join(folder, names.basis), directions)
  // Last: a table without its note is none.
  await replaceFile(join(folder, names.note), new TextEncoder().encode(JSON.stringify(note)))
}

/** The table made for a model; undefined where there is none, or one of other towers or in parts. */
export async function readQuickTable(model: ModelManifest, pieces: Pieces): Promise<QuickTable | undefined> {
  const read = (name: string) => readIfThere(join(folderOf(model), name))
  const [text, rows, bytes] = [await read(names.note), await read(names.rows), await read(names.basis)]
  if (!text || !rows || !bytes) return undefined
  const note = JSON.parse(new TextDecoder().decode(text)) as TableNote
  const isWhole = note.format === 1 && note.towers === towersOf(model) && note.sha256 === hashOf(rows, bytes)
  if (!isWhole) return undefined
  const { tower, words, read: readPieces } = await openPieces(pieces)
  const file: ModelFile = { path: names.rows, bytes: rows.length, sha256: hashOf(rows) }
  const own: TableTower = { ...tower, id: 'quick', languages: model.languages, file, dim: note.dimensions }
  const basis = { count: note.dimensions, dim: model.dim, directions: new Float32Array(bytes.slice().buffer) }
  return {
    manifest: {
      ...model,
      ...(words && { words }),
      towers: { ...model.towers, text: [own] },
      queries: { ...model.queries, instant: [{ blend: [{ tower: own.id, weight: 1 }] }] },
    },
    read: async wanted => (wanted === file ? rows : readPieces(wanted)),
    project: vector => project(basis, vector),
    sha256: note.sha256,
  }
}

/** Whether words can be looked up in tables that the model comes with. */
export function hasTables({ queries }: ModelManifest): boolean {
  return queries.instant.length > 0
}
