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
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = reject
    worker.postMessage(question)
  }).finally(() => worker.terminate())
}

Object.assign(globalThis, { engine, assets, OpfsStore, readParts, readPartsInWorker })
