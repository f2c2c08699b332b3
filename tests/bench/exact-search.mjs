/** Exact search over 10,000 × 512, in Node and in Chromium, beside plain JavaScript over float32. */
import { browserProfile, serveCheckout } from './browser.mjs'
import { dim, libraryVectors, measureLibrary } from './exact-search-measure.mjs'
import { core, syntheticLibrary } from './synthetic-library.mjs'

const space = { id: 'synthetic', sha256: '0'.repeat(64) }

async function inNode(library, vectors) {
  const [{ LibraryReader }, { searchVector }] = await Promise.all([
    import('../../dist/engine/reader.js'),
    import('../../dist/engine/search.js'),
  ])
  return measureLibrary({ core: await core(), LibraryReader, searchVector, vectors, ...library })
}

async function inChromium(library) {
  const files = new Map([...library.files].map(([name, bytes]) => [`/synthetic/${name}`, bytes]))
  files.set('/synthetic/manifest', library.manifest)
  const server = await serveCheckout(files)
  const profile = browserProfile()
  try {
    return await profile.use(async context => {
      const page = await context.newPage()
      await page.goto(`${server.url}/bench`)
      return page.evaluate(
        async names => {
          const load = async name => new Uint8Array(await (await fetch(`/synthetic/${name}`)).arrayBuffer())
          const { default: create } = await import('/dist/core/picfind-core.mjs')
          const { LibraryReader } = await import('/dist/engine/reader.js')
          const { searchVector } = await import('/dist/engine/search.js')
          const { libraryVectors, measureLibrary } = await import('/tests/bench/exact-search-measure.mjs')
          const files = new Map(await Promise.all(names.map(async name => [name, await load(name)])))
          const manifest = await load('manifest')
          const vectors = libraryVectors()
          return measureLibrary({ core: await create(), LibraryReader, searchVector, vectors, manifest, files })
        },
        [...library.files.keys()],
      )
    })
  } finally {
    server.close()
    profile.remove()
  }
}

export async function* exactSearch() {
  const vectors = libraryVectors()
  for (const full of [true, false]) {
    const library = await syntheticLibrary({ vectors, space, full })
    for (const [where, measure] of Object.entries({ Node: inNode, Chromium: inChromium })) {
      const { recall, search, plain } = await measure(library, vectors)
      const what = `10,000 × ${dim}, ${full ? 'with full vectors' : 'int8 only'}, ${where}`
      const beside = `plain JavaScript, float32: ${plain.toFixed(2)} ms (× ${(plain / search).toFixed(1)})`
      yield { what: `${what}: a query`, value: `${search.toFixed(2)} ms`, goal: '≤ 1 ms', met: search <= 1, beside }
      const goal = full ? { goal: '1.000', met: recall === 1 } : {}
      yield { what: `${what}: recall@10`, value: recall.toFixed(3), ...goal }
    }
  }
}
