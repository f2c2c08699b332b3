/** How a text becomes a vector by the rules of a manifest: which rule is for it, and the blend of towers that the rule asks for. */
import { PicfindError } from './errors.ts'
import type { QueryRule } from './models.ts'
import type { OpenTextTower } from './text-tower.ts'
import { cosine, unitVector } from './unit-vector.ts'

export interface EncodedText {
  /** float32[dim], unit length; undefined where no tower knows a token of the text. */
  vector: Float32Array | undefined
  /** Ids of the towers that made it, joined by `+`. */
  tower: string
}

/** `towerOf` opens a tower by its id; only those that the rules come to are opened. */
export async function encodeByRules(
  text: string,
  rules: QueryRule[],
  dim: number,
  towerOf: (id: string) => Promise<OpenTextTower>,
): Promise<EncodedText> {
  const vectors = new Map<string, Promise<Float32Array | undefined>>()
  const vectorOf = (id: string): Promise<Float32Array | undefined> => {
    const vector = vectors.get(id) ?? towerOf(id).then(tower => tower.encode(text))
    vectors.set(id, vector)
    return vector
  }

  async function isNative({ tower, witness, above }: NonNullable<QueryRule['native']>): Promise<boolean> {
    const [own, others] = await Promise.all([vectorOf(tower), vectorOf(witness)])
    const agreement = own && others ? cosine(own, others) : 0
    return (await towerOf(tower)).wholeWords(text) + agreement > above
  }

  async function ruleForText(): Promise<QueryRule> {
    for (const rule of rules) {
      if (isOfScript(text, rule.script) && (!rule.native || (await isNative(rule.native)))) return rule
    }
    throw new PicfindError('usage', 'No rule of the manifest is for this text')
  }

  const { blend } = await ruleForText()
  const sum = new Float64Array(dim)
  const answered: string[] = []
  const blended = await Promise.all(blend.map(({ tower }) => vectorOf(tower)))
  for (const [n, { tower, weight }] of blend.entries()) {
    const vector = blended[n]
    if (!vector) continue
    answered.push(tower)
    for (let i = 0; i < vector.length; i++) sum[i]! += vector[i]! * weight
  }
  const tower = answered.join('+')
  return { vector: unitVector(sum, tower), tower }
}

function isOfScript(text: string, script: QueryRule['script']): boolean {
  if (script === 'ascii') return /^\p{ASCII}*$/u.test(text)
  return script === undefined || !/(?!\p{Script=Latin})\p{L}/u.test(text)
}
