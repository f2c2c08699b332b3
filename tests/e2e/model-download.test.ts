import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { newContext, useChromium } from './harness.ts'

useChromium()

const engine = new URL('../../dist/engine/', import.meta.url)
const manifest = readFileSync(new URL('../data/tiny-model/model.json', import.meta.url), 'utf8')

/** Reads a model file; gives its sha256, or the reason why it ended after `stopAfter` bytes. */
const html = `<!doctype html><title>Test</title><script type="module">
  import { pageCache } from './model-cache.js'
  import { openModelFiles } from './model-files.js'
  import { parseManifest } from './models.js'
  window.readModel = async stopAfter => {
    const files = openModelFiles(parseManifest(${JSON.stringify(manifest)}, 'tiny'), {
      local: async () => undefined,
      cache: await pageCache('tiny'),
    })
    const stop = new AbortController()
    const options = { signal: stop.signal, onProgress: ({ loaded }) => loaded >= stopAfter && stop.abort() }
    const file = { url: new URL('vision.onnx', location.href).href, bytes: null, sha256: null }
    return files.read(file, options).then(files.hash, error => error.name)
  }
</script>`

test('a download in a page goes on where it was stopped, is kept, and read again without the network', async () => {
  const content = randomBytes(9_000_000)
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const module = new URL(`.${request.url}`, engine)
    if (request.url === '/vision.onnx') {
      ranges.push(request.headers.range)
      const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0)
      if (start > 0)
        response.writeHead(206, { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` })
      response.end(content.subarray(start))
    } else if (request.url?.endsWith('.js') && existsSync(module)) {
      response.setHeader('Content-Type', 'text/javascript')
      response.end(readFileSync(module))
    } else {
      response.setHeader('Content-Type', 'text/html')
      response.end(html)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })

  const page = await (await newContext()).newPage()
  const site = `http://localhost:${(server.address() as AddressInfo).port}/`
  await page.goto(site)
  expect(await page.evaluate('readModel(6_000_000)')).toBe('AbortError')
  await page.reload()
  const hash = await page.evaluate('readModel()')
  expect(hash).toBe(await sha256(content))
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
  await page.reload()
  expect(await page.evaluate('readModel()')).toBe(hash)
  expect(ranges).toHaveLength(2)
})

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
}
