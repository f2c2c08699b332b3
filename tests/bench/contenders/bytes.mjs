/** The bytes of a file of a package, in Node and in pages. */
export async function bytesOf(url) {
  if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer())
  const { readFile } = await import('node:fs/promises')
  return readFile(url)
}
