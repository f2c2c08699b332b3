import type { LibraryReader } from '../engine/reader.ts'
import { eachFile, type OnStep } from './each-file.ts'
import { manifestName } from './manifest-head.ts'
import type { Sink } from './sink.ts'

/** Writes a library as it is, with its thumbnails and float32 vectors: what another Picfind takes as its own. Throws `corrupt`. */
export function exportCopy(reader: LibraryReader, sink: Sink, onStep: OnStep): Promise<void> {
  return reader.read(async library => {
    await eachFile(reader, (name, bytes) => sink.write(name, bytes), onStep)
    await sink.write(manifestName, new TextEncoder().encode(library.manifest()))
  })
}
