import { open } from 'node:fs/promises'
import { unlessMissing } from '../engine/files-node.ts'

/** Names of immutable files in something that was parsed. */
export function hashesIn(json: unknown): string[] {
  return JSON.stringify(json ?? null).match(/(?<=")[0-9a-f]{64}(?=")/g) ?? []
}

/** undefined for what is no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** A file that is a JSON object; undefined for others, which are not read, and for one that is not there. */
export async function readJsonObject(path: string): Promise<unknown> {
  const file = await open(path).catch(unlessMissing)
  if (!file) return undefined
  try {
    const { buffer } = await file.read(new Uint8Array(1), 0, 1, 0)
    return buffer[0] === '{'.charCodeAt(0) ? parseJson(await file.readFile()) : undefined
  } finally {
    await file.close()
  }
}
