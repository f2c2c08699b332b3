/** The pictures that are selected, and what can be done with them. */
import { openLibrary, sayError } from './libraries.ts'
import { say, state, update } from './state.ts'
import { words } from './words/words.ts'

/** Where a range begins that is selected with Shift. */
let anchor = 0

export function toggleSelected(index: number): void {
  const id = state().results?.hits[index]?.id
  if (id === undefined) return
  const selected = new Set(state().selected)
  if (!selected.delete(id)) selected.add(id)
  anchor = index
  update({ selected })
}

/** Selects all loaded hits from the last one that was toggled to this one. */
export function selectTo(index: number): void {
  const [first, last] = anchor < index ? [anchor, index] : [index, anchor]
  const hits = state().results?.hits.slice(first, last + 1) ?? []
  update({ selected: new Set([...state().selected, ...hits.flatMap(hit => hit?.id ?? [])]) })
}

export function clearSelection(): void {
  update({ selected: new Set() })
}

export async function copyPaths(): Promise<void> {
  const paths = [...state().selected]
  try {
    await navigator.clipboard.writeText(paths.join('\n'))
    say(words.copied(paths.length))
  } catch {
    // No permission or no secure context: the person copies them by hand.
    update({ panel: { kind: 'paths', paths: paths.join('\n') } })
  }
}

/** Saves the originals as one zip, stored as they are: pictures do not get smaller. */
export async function saveZip(onProgress: (done: number) => void): Promise<void> {
  const ids = [...state().selected]
  try {
    const { blob, missing } = await zip(ids, onProgress)
    if (missing === ids.length) return void say(words.zipNothing, 'warning')
    save(blob, 'picfind.zip')
    if (missing > 0) say(words.zipMissing(missing), 'warning')
  } catch (error) {
    sayError(error)
  }
}

async function zip(ids: string[], onProgress: (done: number) => void) {
  const { ZipWriter } = await import('../transfer/zip-write.ts')
  const library = await openLibrary()
  const archive = new ZipWriter()
  let missing = 0
  for (const [done, id] of ids.entries()) {
    onProgress(done)
    const original = await library?.original(id)
    const modified = original instanceof File ? new Date(original.lastModified) : undefined
    if (original) await archive.add(id, original, modified)
    else missing++
  }
  return { blob: await archive.end(), missing }
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
