/** A page copies a library of 100,000 × 512 from a server on this machine, and hears of a picture that is added. */
import { root } from '../../web/tools/places.mjs'
import { browserProfile } from './browser.mjs'
import { median } from './measure.mjs'
import { atMost, row } from './rows.mjs'
import { startRedis, startServer, writeHashes } from './server-processes.mjs'
import { readStatistics, Vectors } from './vectors.mjs'

const rows = 100_000
const rounds = 3
const added = 3

/** Runs in a page: a worker that stays, and answers one message after the other. */
function startWorker() {
  globalThis.worker = new Worker('/tests/bench/server-sync-worker.mjs', { type: 'module' })
}

function askWorker(message) {
  return new Promise((resolve, reject) => {
    globalThis.worker.onmessage = ({ data }) => resolve(data)
    globalThis.worker.onerror = ({ message }) => reject(new Error(message))
    globalThis.worker.postMessage(message)
  })
}

export async function* serverSync({ quick }) {
  const source = new Vectors(await readStatistics('clip-text'), 1)
  const { dim } = source
  const redis = await startRedis()
  await writeHashes(redis.client, { rows, dim, vectorsOf: (first, count) => source.rows(first, count) })
  const server = await startServer(redis, ['--prefix', 'img:', '--model', 'clip-vit-b-32', '--web', root])
  const syncs = []
  const follows = []
  try {
    await server.publishes(rows)
    for (let round = 0; round < (quick ? 1 : rounds); round++) {
      const profile = browserProfile()
      const asked = Array.from(source.rows(rows + round, 1))
      await profile.use(async context => {
        const page = await context.newPage()
        // Any page of the server's origin.
        await page.goto(`http://127.0.0.1:${server.port}/healthz`)
        await page.evaluate(startWorker)
        syncs.push(await page.evaluate(askWorker, { job: 'sync', library: server.library, asked }))
        for (let i = 0; i < added; i++) {
          const pictures = rows + follows.length + 1
          const vector = source.rows(pictures, 1)
          const following = page.evaluate(askWorker, { job: 'follow', pictures, asked: Array.from(vector) })
          const started = Date.now()
          const blob = Buffer.from(vector.buffer, vector.byteOffset, 4 * dim)
          await redis.client.hSet(`img:${String(pictures).padStart(8, '0')}`, { vector: blob })
          const { found, score, bytes } = await following
          if (score < 0.99) throw new Error(`the added picture was not found: the best score is ${score}`)
          follows.push({ seconds: (found - started) / 1000, bytes })
        }
      })
      profile.remove()
    }
  } finally {
    await server.stop()
    await redis.stop()
  }
  const [{ files, bytes }] = syncs
  const seconds = of => median(syncs.map(sync => sync[of])) / 1000
  yield row(`a page copies ${rows.toLocaleString('en')} × ${dim} from localhost`, seconds('kept'), 's', {
    goal: atMost(3),
    against: `${files} files, ${(bytes / 1e6).toFixed(0)} MB; first answer after ${seconds('answered').toFixed(2)} s`,
  })
  yield row('a picture that is added: until the page finds it', median(follows.map(({ seconds }) => seconds)), 's', {
    goal: atMost(1),
  })
  yield row('bytes for it over the wire, headers included', median(follows.map(({ bytes }) => bytes)) / 1000, 'KB', {
    goal: atMost(10),
  })
}
