import type { CoreGraphBuilder, CoreLibrary, GraphSettings } from './core.ts'
import { expectValue } from './core-loader.ts'
import { pause } from './pause.ts'
import type { LibraryReader } from './reader.ts'

/** Milliseconds of building at a time: what comes meanwhile waits no longer. */
const slice = 1
/** Milliseconds of building after which what there is of the graph is published, so that a page that is closed loses no more. */
const publishEvery = 20_000

const defaultSettings: GraphSettings = { m: 16, efConstruction: 200 }

/** A builder and the library it was made for: another library, as after a breakdown of the core, has another memory. */
interface Building {
  library: CoreLibrary
  builder: CoreGraphBuilder
}

/**
 * Builds the graph of a large library while nothing else is to be done, a slice at a time, and goes on where an earlier page or process
 * was stopped. What it covers so far is used at once; `publish` puts it into the store, where that can be written. Of the tabs that share
 * a store one builds; the others use what it publishes, and take its place when it is closed.
 */
export class LibraryGraph {
  readonly #reader: LibraryReader
  readonly #settings: GraphSettings
  readonly #publish: (builder: CoreGraphBuilder) => Promise<void>
  /** Things that come before building, under way. */
  #urgent = 0
  #resume = () => {}
  #running: Promise<void> | undefined
  readonly #stopping = new AbortController()

  constructor(
    reader: LibraryReader,
    settings: Partial<GraphSettings>,
    publish: (builder: CoreGraphBuilder) => Promise<void>,
  ) {
    this.#reader = reader
    this.#settings = { ...defaultSettings, ...settings }
    this.#publish = publish
  }

  /** Starts building if it pays, unless that is under way. What goes wrong leaves the library to the exact scan. */
  keepUp(): void {
    if (this.#stopped) return
    this.#running ??= this.#buildAlone()
      .catch(error => void this.#reader.explainLoss(error))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Building stands still until `work` is done. */
  async yieldTo<T>(work: () => Promise<T>): Promise<T> {
    this.#urgent++
    try {
      return await work()
    } finally {
      this.#urgent--
      if (this.#urgent === 0) this.#resume()
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#resume()
    await this.#running
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }

  async #buildAlone(): Promise<void> {
    if (!this.#reader.library.wantsGraph) return
    const lock = await this.#reader.store.lockGraph?.(this.#stopping.signal)
    try {
      // Another tab may have built it meanwhile.
      if (lock) await this.#reader.refresh()
      await this.#build()
    } finally {
      await lock?.release()
    }
  }

  async #build(): Promise<void> {
    for (;;) {
      await this.#turn()
      const { library } = this.#reader
      if (this.#stopped || !library.wantsGraph) return
      const builder = expectValue(library.startGraph(this.#settings), this.#reader.store.name)
      try {
        await this.#grow({ library, builder })
      } finally {
        builder.delete()
      }
    }
  }

  async #grow(building: Building): Promise<void> {
    const { builder } = building
    let rows = 1
    let unpublished = 0
    for (;;) {
      await this.#turn()
      if (this.#stopped || this.#isStale(building)) return
      const started = performance.now()
      const { done, rows: added } = expectValue(builder.step(rows), this.#reader.store.name)
      const took = performance.now() - started
      rows = took < slice ? rows + 1 : Math.max(1, Math.floor((rows * slice) / took))
      unpublished += took
      // One that takes the place of another has to cover as much.
      if (done || (unpublished >= publishEvery && added > building.library.graphRows)) {
        unpublished = 0
        await this.#use(building)
        if (done) return
      }
    }
  }

  /** Where it cannot be published, another tab writing or no space being left, it answers in this one at least. */
  async #use(building: Building): Promise<void> {
    const { library, builder } = building
    const { store } = this.#reader
    const published =
      !store.readOnly &&
      (await this.#publish(builder).then(
        () => true,
        () => false,
      ))
    if (!published && !this.#isStale(building)) expectValue(library.useGraph(builder), store.name)
  }

  #isStale({ library, builder }: Building): boolean {
    return this.#reader.library !== library || library.isStale(builder)
  }

  /** Lets everything that has come in be dealt with first. */
  async #turn(): Promise<void> {
    await pause()
    while (this.#urgent > 0 && !this.#stopped) {
      await new Promise<void>(resume => {
        this.#resume = resume
      })
    }
  }
}
