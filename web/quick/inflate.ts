import { QuickError } from './errors.ts'

/** Raw deflate (RFC 1951) → bytes. `name` is what the message calls the file. */
export async function inflate(bytes: Uint8Array, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
  try {
    const inflated = stream.pipeThrough(new DecompressionStream('deflate-raw'))
    return new Uint8Array(await new Response(inflated).arrayBuffer())
  } catch (error) {
    throw new QuickError('corrupt', `${name} is not deflated data; make the bundle again.`, { cause: error })
  }
}
