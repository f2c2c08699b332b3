/** Runs in Node and in pages. */

/** The value that a share of all does not exceed. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  return sorted[below] + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below])
}

export const median = values => quantile(values, 0.5)

/** Milliseconds that an action takes. */
export async function timeOf(action) {
  const started = performance.now()
  await action()
  return performance.now() - started
}

/**
 * Runs actions in turns (A B A B …), so that a machine that grows slower or faster does so for all of them. `actions`: name → a
 * function that returns a number, or a promise of one. Returns name → the numbers of all rounds.
 */
export async function interleaved(rounds, actions) {
  const results = Object.fromEntries(Object.keys(actions).map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, action] of Object.entries(actions)) results[name].push(await action(round))
  }
  return results
}

/** Numbers in [0, 1), the same for the same seed everywhere (mulberry32, public domain). */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
