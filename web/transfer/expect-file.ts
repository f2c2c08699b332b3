import { PicfindError } from '../engine/errors.ts'
import type { LibraryReader } from '../engine/reader.ts'

/** A file of the library, verified, in `reader.read`. Throws `corrupt` for one that is damaged or lost. */
export async function expectFile(reader: LibraryReader, name: string): Promise<Uint8Array> {
  // One that is missing makes the reader look for a newer manifest; where there is none it is among the faults when it is asked for again.
  const bytes = await reader.file(name)
  expectWhole(reader)
  return bytes!
}

/** Throws `corrupt` for the first file that the reader found damaged or missing. */
export function expectWhole({ faults }: LibraryReader): void {
  const [fault] = faults
  if (fault === undefined) return
  const found = fault.replace(/(\. Remove the library|: searches go on).*/, '.')
  throw new PicfindError('corrupt', `${found} Nothing was kept of it.`)
}
