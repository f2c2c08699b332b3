/** The right answer to a search, by comparing the query with every vector. */
import { expect } from 'vitest'
import type { RunningServer } from './processes.ts'

export interface Found {
  epoch: string | null
  engine: string
  results: { key: string; score: number; record: Record<string, unknown> }[]
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0
  let aa = 0
  let bb = 0
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  return dot / Math.sqrt(aa * bb)
}

/** Keys, nearest first. */
export function nearest(vectors: Map<string, Float32Array>, query: ArrayLike<number>, k: number): string[] {
  const scored = [...vectors].map(([key, vector]) => ({ key, score: cosine(query, vector) }))
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, k)
    .map(({ key }) => key)
}

export const post = (server: RunningServer, body: unknown): Promise<Response> =>
  fetch(`${server.library}search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

export async function search(server: RunningServer, body: unknown): Promise<Found> {
  const response = await post(server, body)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  return JSON.parse(text) as Found
}

/** Of the right answers to these queries the part that is found, and that their scores are the cosines. */
export async function recall(
  server: RunningServer,
  vectors: Map<string, Float32Array>,
  queries: Float32Array[],
  { engine, k = 10, scores = 2 }: { engine: string; k?: number; scores?: number },
): Promise<number> {
  let right = 0
  for (const query of queries) {
    const found = await search(server, { query: { vector: [...query] }, k })
    expect(found.engine).toBe(engine)
    expect(found.results).toHaveLength(k)
    const wanted = new Set(nearest(vectors, query, k))
    right += found.results.filter(({ key }) => wanted.has(key)).length
    for (const { key, score } of found.results) expect(score).toBeCloseTo(cosine(query, vectors.get(key)!), scores)
  }
  return right / (queries.length * k)
}
