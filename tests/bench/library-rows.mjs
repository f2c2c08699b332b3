/** The records and full vectors of a library in a folder, as ARCHITECTURE.md describes its files: [{ record, vector }] by path. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const headerBytes = 64

export function libraryRows(place) {
  const bytes = name => readFileSync(join(place, name))
  const json = name => JSON.parse(bytes(name))
  const { segments, dim } = json('manifest.json')
  const rows = segments.flatMap(({ file }) => {
    const { kinds, records } = json(file)
    const vectors = kinds.picture.full.flatMap(({ file, rows }) => {
      const section = bytes(file)
      return Array.from({ length: rows }, (_, row) => {
        const start = section.byteOffset + headerBytes + row * dim * 4
        return new Float32Array(section.buffer.slice(start, start + dim * 4))
      })
    })
    const all = records.flatMap(({ file, rows }) => {
      const pack = bytes(file)
      const offset = item => pack.readUInt32LE(4 * (1 + item))
      return Array.from({ length: rows }, (_, item) => JSON.parse(pack.subarray(offset(item), offset(item + 1))))
    })
    return all.map((record, i) => ({ record, vector: vectors[i] }))
  })
  return rows.sort((a, b) => (a.record.path < b.record.path ? -1 : 1))
}
