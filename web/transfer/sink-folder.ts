import type { Core } from '../engine/core.ts'
import { piecesOf } from '../publish/pieces.ts'
import type { Sink } from './sink.ts'

/** The immutable files of a bundle that is written once, into a sink. */
export class SinkFolder {
  readonly #core: Core
  readonly #sink: Sink
  readonly #pending = new Map<string, Uint8Array>()
  readonly #written = new Set<string>()

  constructor(core: Core, sink: Sink) {
    this.#core = core
    this.#sink = sink
  }

  /** Takes a file, which `flush` writes, and returns its name. */
  keep(bytes: Uint8Array): string {
    const name = this.#core.sha256(bytes)
    if (!this.#written.has(name)) this.#pending.set(name, bytes)
    return name
  }

  /** Takes a file of any size in pieces that every host serves. */
  keepPieces(bytes: Uint8Array): { name: string; bytes: number }[] {
    return piecesOf(bytes).map(piece => ({ name: this.keep(piece), bytes: piece.length }))
  }

  /** There is no generation before. */
  async read(): Promise<undefined> {
    return undefined
  }

  async areWhole(): Promise<boolean> {
    return false
  }

  async flush(): Promise<void> {
    for (const [name, bytes] of this.#pending) {
      await this.#sink.write(name, bytes)
      this.#written.add(name)
    }
    this.#pending.clear()
  }
}
