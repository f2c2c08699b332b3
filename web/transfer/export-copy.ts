import type { LibraryReader } from '../engine/reader.ts'
import { expectFile } from './expect-file.ts'
import type { OnStep } from './import-library.ts'
import { manifestName } from './manifest-head.ts'
import type { Sink } from './sink.ts'

/** Writes a library as it is, with its thumbnails and float32 vectors: what another Picfind takes as its own. Throws `corrupt`. */
export function exportCopy(reader: LibraryReader, sink: Sink, onStep: OnStep): Promise<void> {
  return reader.read(async library => {
    const files = library.files()
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
    let done = 0
    for (const { name, bytes } of files) {
      await sink.write(name, await expectFile(reader, name))
      done += bytes
      onStep(done, total)
    }
    await sink.write(manifestName, new TextEncoder().encode(library.manifest()))
  })
}
