/** The two kinds of text towers behind one interface. */
import { Graph } from './graph.ts'
import type { ModelFiles, ReadOptions } from './model-files.ts'
import { type GraphTower, placeOf, type TableTower, type TextTower } from './models.ts'
import type { Runtime } from './runtime.ts'
import { TokenTable } from './token-table.ts'
import { Tokenizer } from './tokenizer.ts'
import { unitVector } from './unit-vector.ts'

export interface OpenTextTower {
  /** Unit length, at most `dim` floats; undefined where no token of the text is known. */
  encode(text: string): Promise<Float32Array | undefined>
  /** See Tokenizer.wholeWords. */
  wholeWords(text: string): number
  release(): Promise<void>
}

export async function openTextTower(
  tower: TextTower,
  dim: number,
  files: ModelFiles,
  loadRuntime: () => Promise<Runtime>,
  options: ReadOptions,
): Promise<OpenTextTower> {
  const [bytes, tokenizerBytes] = await Promise.all([
    files.read(tower.file, options),
    files.read(tower.tokenizer, options),
  ])
  const tokenizer = new Tokenizer(tokenizerBytes, tower.tokenizer, placeOf(tower.tokenizer))
  return tower.kind === 'table'
    ? openTable(tower, bytes, tokenizer)
    : openGraph(tower, dim, bytes, tokenizer, await loadRuntime())
}

function openTable(tower: TableTower, bytes: Uint8Array, tokenizer: Tokenizer): OpenTextTower {
  const name = placeOf(tower.file)
  const table = new TokenTable(bytes, tower.dim, name)
  const skipped = new Set(tower.skip.map(token => tokenizer.idOf(token)))
  const { start, end } = tower.affixes
  return {
    async encode(text) {
      const ids = tokenizer.encode(text)
      return unitVector(table.sum(ids.slice(start, ids.length - end).filter(id => !skipped.has(id))), name)
    },
    wholeWords: text => tokenizer.wholeWords(text),
    async release() {},
  }
}

async function openGraph(
  tower: GraphTower,
  dim: number,
  bytes: Uint8Array,
  tokenizer: Tokenizer,
  runtime: Runtime,
): Promise<OpenTextTower> {
  const { inputs, output, session } = tower
  const { maxLength, padId } = tower.tokenizer
  const name = placeOf(tower.file)
  const graph = await Graph.open(runtime, bytes, { name, inputs: [inputs.ids], output, dim, session })
  const emptyLength = tokenizer.encode('').length
  const mask = graph.inputs.find(input => input === inputs.mask)
  return {
    async encode(text) {
      const ids = tokenizer.encode(text)
      if (ids.length <= emptyLength) return undefined
      const padding = new Array<number>(padId === undefined ? 0 : maxLength - ids.length)
      const feeds = { [inputs.ids]: graph.ids([...ids, ...padding.fill(padId ?? 0)]) }
      if (mask !== undefined) feeds[mask] = graph.ids([...ids.map(() => 1), ...padding.fill(0)])
      return unitVector(await graph.run(feeds), name)
    },
    wholeWords: text => tokenizer.wholeWords(text),
    release: () => graph.release(),
  }
}
