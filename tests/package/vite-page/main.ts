/** A page of someone who uses the package: indexes its own pictures, and has the element search the site's bundle. */
import { Library, opfs, sourceFromFiles } from 'picfind'
import { definePicfindSearch } from 'picfind/element'

declare global {
  /** Searches the pictures of the page, indexed in the browser; their names, best first. */
  var search: (words: string) => Promise<string[]>
}

async function fileOf(image: HTMLImageElement): Promise<File> {
  return new File([await (await fetch(image.src)).blob()], `${image.alt}.jpg`)
}

async function openLibrary(): Promise<Library> {
  const library = await Library.open({
    store: opfs('album'),
    model: 'picfind-mini',
    assets: { core: 'parts/core/', models: 'parts/models/' },
  })
  const files = await Promise.all([...document.images].map(fileOf))
  for await (const { skipped } of library.add(sourceFromFiles(files))) {
    if (skipped.length > 0) throw new Error('A picture was skipped.')
  }
  return library
}

let library: Promise<Library> | undefined

globalThis.search = async words => {
  library ??= openLibrary()
  const hits = await (await library).search(words)
  return hits.map(({ path }) => path)
}

await definePicfindSearch('picfind/')
