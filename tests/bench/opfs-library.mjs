/** Runs in a page: writes a library that serveLibrary serves where pages keep their own. */
export async function storeLibrary({ library, names, sequence }) {
  const load = async name => new Uint8Array(await (await fetch(`/synthetic/${name}`)).arrayBuffer())
  const { OpfsStore } = await import('/dist/engine/store-opfs.js')
  const store = new OpfsStore(library)
  const lock = await store.lockWriter()
  for (const name of names) await store.write(name, await load(name))
  await store.publish(await load('manifest'), sequence)
  await lock.release()
  store.close()
}
