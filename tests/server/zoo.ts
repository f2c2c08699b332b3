import { RunningRedis, RunningServer } from './processes.ts'
import { addPictures, range } from './vectors.ts'

/** A library of so many pictures out of a plain Redis, published. `token`: where one is needed. */
export async function startZoo(pictures: number, args: string[] = [], token?: string) {
  const redis = await RunningRedis.start()
  const client = await redis.client()
  client.on('error', () => undefined)
  await addPictures(client, range(0, pictures))
  const server = await RunningServer.start(redis, args)
  await server.publishes(pictures, token)
  const stop = async () => {
    await server.stop()
    client.destroy()
    await redis.stop()
  }
  return { redis, client, server, stop }
}

export type Zoo = Awaited<ReturnType<typeof startZoo>>
