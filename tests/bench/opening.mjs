/** 100,000 × 512 with their float32 vectors in the browser's private file system: from opening the library to the first answer. */
import { browserProfile, serveLibrary } from './browser.mjs'
import { median } from './measure.mjs'
import { atMost, row } from './rows.mjs'
import { keepLibrary, searchStored } from './stored-search.mjs'
import { syntheticLibrary } from './synthetic-library.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const rows = 100_000
const queries = 20
const k = 10
const space = { id: 'synthetic', sha256: '0'.repeat(64) }
const name = 'opening'

export async function* opening({ quick }) {
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const vectorsOf = (first, count) => source.rows(first, count)
  const library = await syntheticLibrary({ rows, dim, vectorsOf, space, full: true })
  const server = await serveLibrary(library)
  const profile = browserProfile()
  try {
    await keepLibrary(profile, server, library, name)
    const asked = source.rows(rows, queries)
    const results = []
    for (let start = 0; start < (quick ? 1 : 5); start++)
      results.push(await searchStored(profile, server, { library: name, asked, dim, k }))
    const opened = median(results.map(({ opened }) => opened)) / 1000
    const later = median(results.flatMap(({ times }) => times))
    const against = `a query afterwards ${later.toFixed(1)} ms; engine ${results[0].engine}`
    yield row(`${rows.toLocaleString('en')} × ${dim} from OPFS: open to first answer`, opened, 's', {
      goal: atMost(1),
      against,
    })
  } finally {
    server.close()
    profile.remove()
  }
}
