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

/** The smallest id leads: of two that claim at once, and of two that were frozen and each thought the other gone. */
async function elect(name: string, lead: Lead, signal: AbortSignal): Promise<void> {
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const channel = new BroadcastChannel(name)
  const say = (kind: Ballot['kind']) => channel.postMessage({ kind, id } satisfies Ballot)
  let term: AbortController | undefined
  /** Time until which nobody else may claim; ended early by a leader that goes. */
  let heard = Number.NEGATIVE_INFINITY
  let wake = () => {}
  channel.onmessage = ({ data }: MessageEvent<Ballot>) => {
    if (data.kind === 'gone') heard = Number.NEGATIVE_INFINITY
    else if (term && id < data.id) say('lead')
    else if (data.kind === 'lead' || data.id < id) {
      heard = performance.now()
      term?.abort()
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
    const left = heard + silence - performance.now()
    if (left > 0) {
      await rest(left)
      continue
    }
    say('claim')
    await rest(patience)
    if (signal.aborted || heard + silence > performance.now()) continue
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
