import { type BestRows, bestRows, nearestInt8, type Tuning } from './best-rows.ts'
import type { Candidates, CoreLibrary } from './core.ts'
import { newestRows, rememberRow, rowOf } from './lookups.ts'
import type { LibraryReader } from './reader.ts'
import { readRecord } from './records.ts'
import { vectorOf } from './stored-vectors.ts'
import type { Hit, Hits, Metric, SearchEngine } from './types.ts'

export interface Found {
  hits: Hit[]
  rescored: Hits['rescored']
  engine: SearchEngine
  candidates: number
}

/**
 * Hits `offset` … `offset + k` for a query vector float32[dim] of unit length, best first, ties by row. With precision `int8` none of
 * the files of float32 vectors is read.
 */
export function searchVector(
  reader: LibraryReader,
  query: Float32Array,
  k: number,
  offset: number,
  precision: 'full' | 'int8' = 'full',
  tuning: Tuning = {},
): Promise<Found> {
  return reader.read(async library => {
    const best =
      precision === 'full'
        ? await bestRows(reader, library, query, k + offset, tuning)
        : await nearestInt8(reader, library, query, k + offset, tuning)
    return found(reader, library, best, best, offset, tuning.metric)
  })
}

/** The same for a record of the library, which is left out itself. */
export function searchLike(
  reader: LibraryReader,
  id: string,
  k: number,
  offset: number,
  tuning: Tuning = {},
): Promise<Found> {
  return reader.read(async library => {
    const row = await rowOf(reader, library, id)
    const query = await vectorOf(reader, library, row)
    const best = await bestRows(reader, library, query, k + offset + 1, tuning)
    return found(reader, library, best, without(best, row, k + offset), offset, tuning.metric)
  })
}

/** All records, last modified first, with score 0. */
export function listNewest(reader: LibraryReader, k: number, offset: number): Promise<Found> {
  return reader.read(async library => {
    const rows = await newestRows(reader, library, offset, k)
    const hits = await hitsOf(reader, library, { rows, scores: new Float32Array(rows.length) }, 0)
    return { hits, rescored: library.hasFull ? 'full' : 'int8', engine: 'exact', candidates: 0 }
  })
}

async function found(
  reader: LibraryReader,
  library: CoreLibrary,
  { rescored, engine, candidates }: BestRows,
  rows: Candidates,
  offset: number,
  metric: Metric = 'cosine',
): Promise<Found> {
  const hits = await hitsOf(reader, library, rows, offset)
  // In the core greater is nearer; a distance is told as one.
  if (metric === 'l2' || metric === 'l1') for (const hit of hits) hit.score = -hit.score
  return { hits, rescored, engine, candidates }
}

function without({ rows, scores }: Candidates, row: number, k: number): Candidates {
  const kept = [...rows.keys()].filter(i => rows[i] !== row).slice(0, k)
  return { rows: Uint32Array.from(kept, i => rows[i]!), scores: Float32Array.from(kept, i => scores[i]!) }
}

/** A record that is lost with its file is no hit. */
async function hitsOf(
  reader: LibraryReader,
  library: CoreLibrary,
  { rows, scores }: Candidates,
  offset: number,
): Promise<Hit[]> {
  const hits = await Promise.all(
    Array.from(rows.subarray(offset), async (row, i): Promise<Hit[]> => {
      const record = await readRecord(reader, library, row)
      if (!record) return []
      rememberRow(reader, library, record.id, row)
      return [{ id: record.id, source: record.source, path: record.path, score: scores[offset + i] ?? 0 }]
    }),
  )
  return hits.flat()
}
