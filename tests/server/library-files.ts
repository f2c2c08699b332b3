import { createHash } from 'node:crypto'
import type { RunningServer } from './processes.ts'

/** Every file a manifest leads to: its ETag and what its bytes are. */
export async function filesOf(server: RunningServer): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const queue = [...new Set((await server.manifest()).match(/[0-9a-f]{64}/g))]
  for (let name = queue.pop(); name; name = queue.pop()) {
    const response = await fetch(server.library + name)
    // Parent and space are hashes too, but of no file.
    if (!response.ok || found.has(name)) continue
    const bytes = Buffer.from(await response.arrayBuffer())
    found.set(name, `${response.headers.get('etag')} ${createHash('sha256').update(bytes).digest('hex')}`)
    if (bytes[0] === 0x7b) queue.push(...(bytes.toString().match(/[0-9a-f]{64}/g) ?? []))
  }
  return found
}
