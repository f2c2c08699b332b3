/** A page with nothing but the engine, as a site's own bundle has it; tests call it from outside. */
import * as engine from 'picfind'
import { OpfsStore } from '../../../dist/engine/store-opfs.js'
import { readParts } from './read-parts.ts'

/** Addresses of what is not JavaScript, as engine-site.ts serves it. */
const assets = {
  core: new URL('/core/', location.href).href,
  models: new URL('/models/', location.href).href,
  runtime: new URL('/runtime/', location.href).href,
}

function readPartsInWorker(...question: Parameters<typeof globalThis.readPartsInWorker>) {
  const worker = new Worker(new URL('./store-worker.ts', import.meta.url), { type: 'module' })
  return ask(worker, question).finally(() => worker.terminate())
}

/** Makes a library that is large enough for a graph, or waits for its graph. */
function large(task: 'make' | 'build', library: string) {
  const worker = new Worker(new URL('./graph-worker.ts', import.meta.url), { type: 'module' })
  return ask(worker, [task, library]).finally(() => worker.terminate())
}

let reader: Worker | undefined

function readAgain(...question: Parameters<typeof globalThis.readAgain>) {
  reader ??= new Worker(new URL('./open-worker.ts', import.meta.url), { type: 'module' })
  return ask(reader, question)
}

function ask(worker: Worker, question: unknown) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = reject
    worker.postMessage(question)
  })
}

Object.assign(globalThis, { engine, assets, OpfsStore, readParts, readPartsInWorker, readAgain, large })
