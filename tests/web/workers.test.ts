import { openAsBlob, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DecoderPool } from '../../dist/engine/decoder-pool.js'
import { EncoderQueue } from '../../dist/engine/encoder-queue.js'
import type { Platform } from '../../dist/engine/platform.js'
import { nodePlatform } from '../../dist/engine/platform-node.js'
import { WorkerLost } from '../../dist/engine/worker-calls.js'
import { Decoder } from '../../dist/engine/workers/decoder-service.js'
import { temporaryFolder } from './fixtures/libraries.ts'
import { bmp } from './fixtures/pictures.ts'

const preprocess = {
  fit: 'squash',
  size: 8,
  interpolation: 'bilinear',
  background: null,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
} as const

describe('the encoder’s queue', () => {
  test('lets a query overtake the pictures that wait', async () => {
    const order: string[] = []
    let finishFirst = () => {}
    const first = new Promise<void>(resolve => {
      finishFirst = resolve
    })
    const queue = new EncoderQueue({
      async encodePicture(tensor) {
        if (tensor[0] === 1) await first
        order.push(`picture ${tensor[0]}`)
        return tensor
      },
      async encodeText(text) {
        order.push(text)
        return { vector: undefined, tower: '' }
      },
    })
    const done = [1, 2, 3].map(n => queue.encodePicture(Float32Array.of(n)))
    const text = queue.encodeText('words', 'best')
    const picture = queue.encodeQuery(Float32Array.of(9))
    finishFirst()
    await Promise.all([...done, text, picture])
    expect(order).toEqual(['picture 1', 'words', 'picture 9', 'picture 2', 'picture 3'])
  })

  test('goes on after a failure', async () => {
    const queue = new EncoderQueue({
      encodePicture: async tensor => tensor,
      encodeText: () => Promise.reject(new Error('no such tower')),
    })
    await expect(queue.encodeText('words', 'best')).rejects.toThrow('no such tower')
    expect(await queue.encodePicture(Float32Array.of(1))).toEqual(Float32Array.of(1))
  })
})

describe('a decoder', () => {
  /** Node, but its first decoder ends when it is to decode: a crash of the real one cannot be had at will. */
  function crashingOnce(): Platform {
    const platform = nodePlatform(undefined)
    let started = 0
    return {
      ...platform,
      cores: 1, // one decoder, so that it is at both files when it breaks down
      startDecoder() {
        const worker = platform.startDecoder()
        if (started++ > 0) return worker
        const { service } = worker
        return {
          ...worker,
          service: {
            open: setup => service.open(setup),
            take: (ticket, file, name) => service.take(ticket, file, name),
            drop: ticket => service.drop(ticket),
            decode(ticket, wanted) {
              worker.stop()
              return service.decode(ticket, wanted)
            },
          },
        }
      },
    }
  }

  test('that breaks down fails what it was at, and the next one takes over', async () => {
    const platform = crashingOnce()
    const pool = new DecoderPool(platform, {
      assets: platform.assets,
      preprocess: structuredClone(preprocess) as never,
      decoding: 'fine',
    })
    const first = await pool.take(bmp([255, 0, 0]), 'a.bmp')
    const second = await pool.take(bmp([0, 255, 0]), 'b.bmp')
    await expect(first.decode({ thumbnail: true })).rejects.toBeInstanceOf(WorkerLost)
    await expect(second.decode({ thumbnail: true })).rejects.toBeInstanceOf(WorkerLost)
    const third = await pool.take(bmp([0, 0, 255]), 'c.bmp')
    expect(await third.decode({ thumbnail: true })).toMatchObject({ width: 8, height: 8, type: 'image/bmp' })
    pool.close()
  })

  test('gives a verdict on a file that has gone, which leaves its worker as it is', async () => {
    const decoder = new Decoder(() => Promise.reject(new Error('not asked for here')))
    const path = join(temporaryFolder(), 'a.bmp')
    writeFileSync(path, bmp([255, 0, 0]))
    const gone = await openAsBlob(path)
    unlinkSync(path)
    await expect(decoder.take(1, gone, 'a.bmp')).rejects.toMatchObject({ name: 'PicfindError', code: 'not-found' })
  })

  test('takes the Blob of a file, which Node sends to no thread, and is free again when the file has gone', async () => {
    const platform = nodePlatform(undefined)
    const setup = {
      assets: platform.assets,
      preprocess: structuredClone(preprocess) as never,
      decoding: 'exact' as const,
    }
    const pool = new DecoderPool({ ...platform, cores: 1 }, setup)
    const path = join(temporaryFolder(), 'a.bmp')
    writeFileSync(path, bmp([255, 0, 0]))
    const [file, gone] = [await openAsBlob(path), await openAsBlob(path)]
    const taken = await pool.take(file, 'a.bmp')
    expect(await taken.decode({ thumbnail: false })).toMatchObject({ width: 8, height: 8, type: 'image/bmp' })
    unlinkSync(path)
    await expect(pool.take(gone, 'a.bmp')).rejects.toMatchObject({ code: 'not-found' })
    const next = await pool.take(bmp([0, 0, 255]), 'b.bmp')
    expect(await next.decode({ thumbnail: false })).toMatchObject({ type: 'image/bmp' })
    pool.close()
  })
})
