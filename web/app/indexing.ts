/** Adding pictures to a library: one source after the other, paused and resumed, taken up again after a reload. */
import type { Progress, Source } from '../engine/browser.ts'
import { closeLibrary, library, makeLibrary, ownLibrary, sayError } from './libraries.ts'
import { storedName } from './scope.ts'
import { setting } from './settings.ts'
import { say, state, update } from './state.ts'
import { renewThumbnails } from './thumbnails.ts'
import { words } from './words/words.ts'

interface Job {
  library: string
  source: Source
  exclude: string[]
}

/** What was being added when the page was closed. */
const unfinished = setting<{ library: string; source: string; exclude: string[] }[]>('unfinished', [])
/** Subfolders left out, by library and source, for the next time it is looked through. */
const excluded = setting<Record<string, string[]>>('excluded', {})

const waiting: Job[] = []
let running: { job: Job; pause: AbortController } | undefined
/** The first that waits is not begun before `resume`; one that runs is coming to its pause. */
let paused = false

/** The library that is being written to; it must stay open. */
export function indexedLibrary(): string | undefined {
  return running?.job.library ?? waiting[0]?.library
}

/** The subfolders of a source that are left out. */
export function excludedFrom(library: string, source: string): string[] {
  return excluded.get()[`${library}/${source}`] ?? []
}

/** Adds a source to a library, after those that are waiting; returns the library's name. */
export function addSource(source: Source, exclude?: string[], name = ownLibrary()): string {
  if (!state().libraries.some(entry => entry.name === name)) makeLibrary(name)
  if (exclude) excluded.set({ ...excluded.get(), [`${name}/${source.name}`]: exclude })
  waiting.push({ library: name, source, exclude: excludedFrom(name, source.name) })
  goOn()
  return name
}

export function pause(): void {
  const { indexing } = state()
  if (!running || indexing?.state !== 'running') return
  paused = true
  running.pause.abort()
  update({ indexing: { ...indexing, state: 'paused' } })
}

export function resume(): void {
  const { indexing } = state()
  if (indexing?.state !== 'paused') return
  update({ indexing: { ...indexing, state: 'running' } })
  goOn()
}

function goOn(): void {
  paused = false
  if (!running) void work()
}

/** Gives up what is being added; what has been added stays. */
export function stop(): void {
  const job = waiting[0]
  running?.pause.abort()
  update({ indexing: undefined })
  if (job) {
    settle(job)
    leave(job)
  }
  goOn()
}

/** Takes a job off the list. */
function leave(job: Job): void {
  const place = waiting.indexOf(job)
  if (place >= 0) waiting.splice(place, 1)
  if (job.library !== state().library && job.library !== indexedLibrary()) void closeLibrary(job.library)
}

export function dismissProgress(): void {
  update({ indexing: undefined })
}

async function work(): Promise<void> {
  while (!running && !paused) {
    const job = waiting[0]
    if (!job) return
    running = { job, pause: new AbortController() }
    const { signal } = running.pause
    let finished = false
    try {
      finished = await run(job, signal)
    } catch (error) {
      if (waiting.includes(job)) sayError(error)
    }
    running = undefined
    if (finished || !waiting.includes(job)) leave(job)
    else if (!signal.aborted) fail()
  }
}

/** Waits for the person, who may make room or close another tab and then resume. */
function fail(): void {
  paused = true
  const { indexing } = state()
  if (indexing) update({ indexing: { ...indexing, state: 'paused' } })
}

/** Whether it came to its end, not to a pause. */
async function run(job: Job, signal: AbortSignal): Promise<boolean> {
  const { source } = job
  noteUnfinished(job)
  const shown = { library: job.library, source: source.name }
  update({ indexing: { ...shown, state: 'running', progress: nothingYet } })
  const opened = await library(job.library)
  let last: Progress | undefined
  for await (const progress of opened.add(source, { signal, exclude: job.exclude })) {
    last = progress
    const at = paused && progress.phase !== 'done' ? 'paused' : 'running'
    if (waiting.includes(job)) update({ indexing: { ...shown, state: at, progress } })
  }
  if (last?.phase !== 'done') return false
  settle(job)
  if (last.indexed > 0) renewThumbnails()
  if (waiting.includes(job)) update({ indexing: { ...shown, state: 'done', progress: last } })
  return true
}

const nothingYet: Progress = {
  phase: 'listing',
  found: 0,
  done: 0,
  indexed: 0,
  unchanged: 0,
  renamed: 0,
  deleted: 0,
  skipped: [],
  picturesPerSecond: 0,
}

function noteUnfinished(job: Job): void {
  settle(job)
  unfinished.set([...unfinished.get(), { library: job.library, source: job.source.name, exclude: job.exclude }])
}

function settle(job: Job): void {
  unfinished.set(unfinished.get().filter(other => other.library !== job.library || other.source !== job.source.name))
}

/** Offers to go on with what the last visit left unfinished, unless another tab is at it. */
export async function offerUnfinished(): Promise<void> {
  for (const left of unfinished.get()) {
    if (!state().libraries.some(entry => entry.name === left.library)) continue
    if (await isWritten(left.library)) continue
    const withdraw = say(words.interrupted(left.source), 'plain', {
      label: words.resume,
      run: () => {
        withdraw()
        void lookAgain(left.library, left.source)
      },
    })
  }
}

async function isWritten(name: string): Promise<boolean> {
  const locks = await navigator.locks?.query()
  return locks?.held?.some(lock => lock.name === `picfind:${storedName(name)}:writer`) ?? false
}

/** Looks through a source again for what is new, changed or gone; from a click, because the browser may ask for permission. */
export async function lookAgain(name: string, sourceName: string): Promise<void> {
  try {
    const source = await (await library(name)).source(sourceName)
    if (source) addSource(source, undefined, name)
    else say(words.pickAgain(sourceName), 'warning')
  } catch (error) {
    sayError(error)
  }
}

export async function removeSource(name: string, sourceName: string): Promise<void> {
  await (await library(name)).removeSource(sourceName)
}
