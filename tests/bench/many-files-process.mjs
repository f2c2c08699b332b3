/** A process of its own, for its memory: indexes a folder and prints a line { indexed, seconds, megabytes } for every thousand pictures. */
import { join } from 'node:path'
import { folder, Library, sourceFromFolder } from 'picfind'

const [pictures, place, model] = process.argv.slice(2)
const every = 1000
const library = await Library.open({ store: folder(join(place, 'library')), model })
const started = performance.now()
let next = every
for await (const { indexed } of library.add(sourceFromFolder(pictures))) {
  if (indexed < next) continue
  next = indexed - (indexed % every) + every
  const megabytes = process.memoryUsage.rss() / 1e6
  console.log(JSON.stringify({ indexed, seconds: (performance.now() - started) / 1000, megabytes }))
}
await library.close()
