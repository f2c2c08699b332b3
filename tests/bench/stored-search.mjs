/** Searches of a large library that lies in the browser's private file system, in a browser just started. */
import { askWorker } from './browser.mjs'
import { storeLibrary } from './opfs-library.mjs'
import { largestRenderer } from './renderer-memory.mjs'

/** Milliseconds until a browser just started is done with pages of its own, which compete with ours. */
const settling = 2000

async function openPage(context, server) {
  const page = await context.newPage()
  await page.goto(`${server.url}/bench`)
  return page
}

/** Puts a library that `server` serves into the profile. */
export function keepLibrary(profile, server, library, name) {
  return profile.use(async context => {
    const page = await openPage(context, server)
    await page.evaluate(storeLibrary, { library: name, names: [...library.files.keys()], sequence: library.sequence })
  })
}

/**
 * options: { library (its name), asked (float32[queries·dim]), dim, k, memoryBudget? }. Returns { opened (milliseconds to the first
 * answer), times (milliseconds of each query), found (rows of each), engine, memory (of the page's process, see
 * largestRenderer) }.
 */
export function searchStored(profile, server, options) {
  return profile.use(async context => {
    const page = await openPage(context, server)
    await page.waitForTimeout(settling)
    const result = await page.evaluate(askWorker, {
      script: 'stored-search-worker',
      ...options,
      asked: Array.from(options.asked),
    })
    return { ...result, memory: largestRenderer(profile.folder) }
  })
}
