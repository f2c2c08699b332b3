/**
 * Model manifests: `models/<id>/model.json`, one for each model. A manifest says where the towers are, how pictures and words are
 * prepared for them, and which text towers answer a query. Its paths are relative to the manifest's own folder.
 */
import type { Preprocess } from './core.ts'
import { PicfindError } from './errors.ts'
import * as json from './json-check.ts'

/** A file of a model: shipped with Picfind (`path`, relative to the manifest) or downloaded (`url`); exactly one of the two. */
export interface ModelFile {
  path?: string
  url?: string
  /** null where nobody publishes it. */
  bytes: number | null
  /** Lower-case hex; null where nobody publishes it: then it is recorded at the first download and checked ever after. */
  sha256: string | null
}

/** Options of the runtime's session, as onnxruntime takes them; only those that the tower needs. */
export type SessionOptions = Record<string, unknown>

export interface PictureTower {
  file: ModelFile
  /** Name of the input, float32[1, 3, size, size]. */
  input: string
  /** Name of the output, float32[1, dim], of any length. */
  output: string
  session?: SessionOptions
}

export interface TokenizerFile extends ModelFile {
  /** Longest list of ids, special tokens included; longer ones lose their end, never the closing token. */
  maxLength: number
  /** Id that shorter lists are filled with up to `maxLength`; without it they stay as short as they are. */
  padId?: number
  /** Lower-cases the text first. */
  lowercase?: boolean
}

/** A network: ids → vector. */
export interface GraphTower {
  id: string
  kind: 'graph'
  languages: string[]
  tokenizer: TokenizerFile
  file: ModelFile
  /** Names of the inputs, int64[1, length]; `mask` is fed where the graph has it, for exports of one model differ in that. */
  inputs: { ids: string; mask?: string }
  /** Name of the output, float32[1, dim], of any length. */
  output: string
  session?: SessionOptions
}

/** A token table (token-table.ts): one row per token, a text is the unit sum of its tokens' rows. */
export interface TableTower {
  id: string
  kind: 'table'
  languages: string[]
  tokenizer: TokenizerFile
  file: ModelFile
  /** Width of a row; the model's further dimensions are zero. */
  dim: number
  /** Ids at the start and at the end of every list that are not of the text: special tokens and a prompt. */
  affixes: { start: number; end: number }
  /** Tokens that add nothing, such as punctuation. */
  skip: string[]
}

export type TextTower = GraphTower | TableTower

/** How texts become vectors: a blend of text towers for those texts that meet every condition of the rule. */
export interface QueryRule {
  /** `ascii`: nothing else in the text; `latin`: no letter of another script. */
  script?: 'ascii' | 'latin'
  /**
   * The text must look like the language of `tower`, which is so when the share of its words that the tower's tokenizer keeps whole
   * plus the cosine of the tower's vector to that of `witness`, a tower of many languages, is above a number.
   */
  native?: { tower: string; witness: string; above: number }
  /** Their unit vectors, weighted, are summed up; towers that know no token of the text are left out. */
  blend: { tower: string; weight: number }[]
}

export interface ModelManifest {
  id: string
  name: string
  /** One line: what it is. */
  description: string
  /** One line: what it is weak at. */
  limits: string
  licence: { name: string; url: string; commercial: boolean; notice?: string }
  /** Address where it is described. */
  source: string
  /** BCP 47 tags of the languages it is meant for. */
  languages: string[]
  dim: number
  /** Factor from cosine to logit; null where none was trained. */
  logitScale: number | null
  preprocess: Preprocess
  /** float32[dim], little-endian: what libraries of this model subtract before they quantise. */
  mean?: ModelFile
  /** Words that pictures are often looked for by, one a line, in any of the languages: quick search on sites keeps them ready. */
  words?: ModelFile
  towers: { picture: PictureTower; text: TextTower[] }
  /** How a text becomes a vector: the first rule that is for the text. `instant` uses tables only and is empty where there are none. */
  queries: { instant: QueryRule[]; best: QueryRule[] }
}

export interface Space {
  /** Id of the model. */
  id: string
  /** Of what decides the picture vectors. */
  sha256: string
}

/** Ids of the manifests that ship with Picfind, the default first, the suggested upgrade second. */
export const shippedModels = [
  'picfind-mini',
  'clip-vit-b-32',
  'clip-vit-b-32-q8',
  'clip-vit-b-16',
  'mobileclip-s0',
] as const

const fileFields = {
  path: json.optional(json.text),
  url: json.optional(json.matching(/^https?:\/\//, 'an address that starts with http:// or https://')),
  bytes: json.nullable(json.size),
  sha256: json.nullable(json.matching(/^[0-9a-f]{64}$/, '64 lower-case hex digits')),
}

function oneOrigin<T extends ModelFile>(inner: json.Check<T>): json.Check<T> {
  return (value, field) => {
    const file = inner(value, field)
    if ((file.path === undefined) === (file.url === undefined)) {
      throw new json.FieldError(field, 'either `path` or `url`', value)
    }
    return file
  }
}

const file = oneOrigin(json.object<ModelFile>(fileFields))

const tokenizer = oneOrigin(
  json.object<TokenizerFile>({
    ...fileFields,
    maxLength: json.size,
    padId: json.optional(json.count),
    lowercase: json.optional(json.bool),
  }),
)

const textTowerFields = { id: json.text, languages: json.list(json.text), tokenizer, file }

const graphTower = json.object<GraphTower>({
  ...textTowerFields,
  kind: json.oneOf('graph'),
  inputs: json.object<GraphTower['inputs']>({ ids: json.text, mask: json.optional(json.text) }),
  output: json.text,
  session: json.optional(json.anyObject),
})

const tableTower = json.object<TableTower>({
  ...textTowerFields,
  kind: json.oneOf('table'),
  dim: json.size,
  affixes: json.object<TableTower['affixes']>({ start: json.count, end: json.count }),
  skip: json.list(json.text),
})

const textTower: json.Check<TextTower> = (value, field) => {
  const kind = json.oneOf('graph', 'table')(json.anyObject(value, field).kind, `${field}.kind`)
  return kind === 'graph' ? graphTower(value, field) : tableTower(value, field)
}

const rules = json.list(
  json.object<QueryRule>({
    script: json.optional(json.oneOf('ascii', 'latin')),
    native: json.optional(json.object({ tower: json.text, witness: json.text, above: json.number })),
    blend: json.list(json.object({ tower: json.text, weight: json.number })),
  }),
)

const manifest = json.object<ModelManifest>({
  id: json.matching(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, hyphens and dots'),
  name: json.text,
  description: json.text,
  limits: json.text,
  licence: json.object<ModelManifest['licence']>({
    name: json.text,
    url: json.text,
    commercial: json.bool,
    notice: json.optional(json.text),
  }),
  source: json.text,
  languages: json.list(json.text),
  dim: json.size,
  logitScale: json.nullable(json.number),
  preprocess: json.object<Preprocess>({
    fit: json.oneOf('shortest-crop', 'letterbox', 'squash'),
    size: json.size,
    interpolation: json.oneOf('bicubic', 'bilinear'),
    background: json.nullable(json.triple(json.number)),
    mean: json.triple(json.number),
    std: json.triple(json.number),
  }),
  mean: json.optional(file),
  words: json.optional(file),
  towers: json.object<ModelManifest['towers']>({
    picture: json.object<PictureTower>({
      file,
      input: json.text,
      output: json.text,
      session: json.optional(json.anyObject),
    }),
    text: json.list(textTower),
  }),
  queries: json.object<ModelManifest['queries']>({ instant: rules, best: rules }),
})

function checkRules(rules: QueryRule[], towers: TextTower[], field: string): void {
  const known = towers.map(tower => tower.id)
  const checkTower = (id: string, field: string): void => {
    if (!known.includes(id)) throw new json.FieldError(field, `one of ${known.join(', ')}`, id)
  }
  rules.forEach(({ script, native, blend }, i) => {
    const isForAll = script === undefined && native === undefined
    if (i === rules.length - 1 && !isForAll) {
      throw new json.FieldError(`${field}[${i}]`, 'a last rule without conditions', rules[i])
    }
    if (native) {
      checkTower(native.tower, `${field}[${i}].native.tower`)
      checkTower(native.witness, `${field}[${i}].native.witness`)
    }
    blend.forEach((part, j) => {
      checkTower(part.tower, `${field}[${i}].blend[${j}].tower`)
    })
  })
}

function checkTogether(model: ModelManifest): void {
  const { text } = model.towers
  checkRules(
    model.queries.instant,
    text.filter(tower => tower.kind === 'table'),
    'queries.instant',
  )
  checkRules(model.queries.best, text, 'queries.best')
  if (model.queries.best.length === 0) throw new json.FieldError('queries.best', 'at least one rule', [])
  text.forEach((tower, i) => {
    if (tower.kind === 'table' && tower.dim > model.dim) {
      throw new json.FieldError(`towers.text[${i}].dim`, `at most the model's ${model.dim}`, tower.dim)
    }
  })
  const urls = new Map<string, string>()
  for (const { url } of filesOf(model)) {
    if (url === undefined) continue
    const other = urls.get(fileName(url))
    if (other !== undefined && other !== url) {
      throw new json.FieldError('towers', `downloads of different names, as ${other} has`, url)
    }
    urls.set(fileName(url), url)
  }
}

/** Checks the text of a manifest. `name` is what messages call it, its path or address. */
export function parseManifest(text: string, name: string): ModelManifest {
  try {
    const model = manifest(JSON.parse(text), '')
    checkTogether(model)
    return model
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof json.FieldError)) throw error
    throw new PicfindError('corrupt', `${name} is not a model manifest: ${error.message}`)
  }
}

/** Every file of a model, each once. */
export function filesOf(model: ModelManifest): ModelFile[] {
  const files = [model.towers.picture.file, ...model.towers.text.flatMap(tower => [tower.file, tower.tokenizer])]
  if (model.mean) files.push(model.mean)
  if (model.words) files.push(model.words)
  const byPlace = new Map(files.map(file => [placeOf(file), file]))
  return [...byPlace.values()]
}

/** Where a file is, for messages. */
export function placeOf(file: ModelFile): string {
  return file.path ?? file.url ?? ''
}

/** The last part of an address or path: the name a download is kept under. */
export function fileName(place: string): string {
  const path = place.split(/[?#]/, 1)[0] ?? place
  return path.slice(path.lastIndexOf('/') + 1)
}

/** JSON with sorted keys and no white space, so that equal values give equal text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v)}`)
  return `{${entries.join(',')}}`
}

/**
 * The space a model's picture vectors are in: everything that decides them and nothing else, so that a manifest may change its
 * words, its addresses and its text towers without orphaning libraries.
 */
export async function spaceOf(
  model: ModelManifest,
  pictureSha256: string,
  sha256: (bytes: Uint8Array) => Promise<string>,
): Promise<Space> {
  const text = canonicalJson({
    picture: pictureSha256,
    preprocess: model.preprocess,
    session: model.towers.picture.session ?? {},
  })
  return { id: model.id, sha256: await sha256(new TextEncoder().encode(text)) }
}
