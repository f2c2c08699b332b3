import type { LibraryReader } from '../engine/reader.ts'
import { expectFile } from './expect-file.ts'

/** How far a job is: bytes done, of how many; pictures, where records are written anew. */
export type OnStep = (done: number, of: number) => void

/** Every file that the library's manifest leads to, verified, one after the other, in `reader.read`. Throws `corrupt`. */
export async function eachFile(
  reader: LibraryReader,
  use: (name: string, bytes: Uint8Array) => Promise<void>,
  onStep: OnStep,
): Promise<void> {
  const files = reader.library.files()
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const { name, bytes } of files) {
    await use(name, await expectFile(reader, name))
    done += bytes
    onStep(done, total)
  }
}
