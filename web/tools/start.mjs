/** `npm start`: makes what is missing and serves the page. `npm start -- --demo` adds a library of about 800 captioned pictures. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { Failure, main, run } from './command.mjs'
import { cache } from './places.mjs'
import { setup } from './setup.mjs'
import { fetchStamps } from './stamps.mjs'

function readArguments() {
  try {
    const options = { demo: { type: 'boolean' }, port: { type: 'string' }, host: { type: 'string' } }
    const { demo, port = '8080', host = '127.0.0.1' } = parseArgs({ options }).values
    if (!/^\d{1,5}$/.test(port)) throw new Error(`${port} is not a port`)
    return { demo, port: Number(port), host }
  } catch (error) {
    console.error(`${error.message}. Usage: npm start -- [--demo] [--port NUMBER] [--host ADDRESS]`)
    process.exit(2)
  }
}

async function indexDemo() {
  const pictures = await fetchStamps()
  const folder = join(cache, 'demo', 'library')
  const index = ['dist/cli/picfind.js', 'index', pictures, '--out', folder, '--name', 'stamps', '--url', '../pictures/']
  await run(process.execPath, index)
  return { name: 'demo', folder, pictures }
}

const { demo, port, host } = readArguments()
await main(async () => {
  await build(await setup('page'))
  const libraries = demo ? [await indexDemo()] : []
  const { serveFiles } = await import('../../dist/cli/serve-files.js')
  const { url } = await serveFiles({ port, host, libraries }).catch(error => {
    throw new Failure(error.message)
  })
  console.log(`Picfind is at ${url} (Ctrl-C ends it)`)
})
