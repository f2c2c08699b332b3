/** What one tab of an origin does for all of them, as long as it is there; then another takes over. */

/** Does the work until the signal says stop. One that returns by itself has given up: the next tab tries. */
export type Lead = (signal: AbortSignal) => Promise<void>

/** Returns how to stop. `name` is the same in all tabs. Without Web Locks, as over plain http, the tabs elect. */
export function leadAmongTabs(name: string, lead: Lead): () => void {
  const stopped = new AbortController()
  const { signal } = stopped
  if (navigator.locks) {
    // It rejects when it is aborted while it waits, and with what `lead` throws: nobody is there to hear of either.
    navigator.locks.request(name, { signal }, () => lead(signal)).catch(() => undefined)
  } else {
    void elect(name, lead, signal)
  }
  return () => stopped.abort()
}

/** Milliseconds: others have so long to object; a leader says so often that it is there; one not heard of for so long is gone. */
const patience = 400
const heartbeat = 3000
const silence = 8000

/** `claim`: may I lead? `lead`: I do. `gone`: I do not any more. */
interface Ballot {
  kind: 'claim' | 'lead' | 'gone'
  id: string
}

/** Who leads is not put in question; of several that claim, or think so because they were frozen, the smallest id leads. */
async function elect(name: string, lead: Lead, signal: AbortSignal): Promise<void> {
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const channel = new BroadcastChannel(name)
  const say = (kind: Ballot['kind']) => channel.postMessage({ kind, id } satisfies Ballot)
  let term: AbortController | undefined
  /** Until then somebody leads, or is about to. */
  let taken = 0
  let wake = () => {}
  channel.onmessage = ({ data }: MessageEvent<Ballot>) => {
    if (data.kind === 'gone') {
      taken = 0
    } else if (term && (data.kind === 'claim' || id < data.id)) {
      say('lead')
      return
    } else if (data.kind === 'lead') {
      taken = performance.now() + silence
      term?.abort()
    } else if (data.id < id) {
      taken = performance.now() + 2 * patience
    }
    wake()
  }
  const rest = (milliseconds: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  signal.addEventListener('abort', () => wake())
  while (!signal.aborted) {
    const left = taken - performance.now()
    if (left > 0) {
      await rest(left)
      continue
    }
    say('claim')
    await rest(patience)
    if (signal.aborted || taken > performance.now()) continue
    term = new AbortController()
    say('lead')
    const beat = setInterval(() => say('lead'), heartbeat)
    const ended = AbortSignal.any([signal, term.signal])
    const gaveUp = await lead(ended).then(
      () => !ended.aborted,
      () => true,
    )
    clearInterval(beat)
    term = undefined
    say('gone')
    if (gaveUp) break
  }
  channel.close()
}
