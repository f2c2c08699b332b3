/**
 * What a bench yields: { name, value (number; null where it could not be measured), unit, goal (text, '≤ 0.7'), met, against }.
 * `against` says what the value was measured against, or goes with: the other thing's own figure, the recall beside a time.
 */

export const atMost = limit => ({ text: `≤ ${limit}`, holds: value => value <= limit })
export const atLeast = limit => ({ text: `≥ ${limit}`, holds: value => value >= limit })

export function row(name, value, unit, { goal, against } = {}) {
  return { name, value, unit, goal: goal?.text, met: goal?.holds(value), against }
}

/** A row that this machine cannot have, and why. */
export const missing = (name, reason) => ({ name, value: null, unit: '', against: `missing: ${reason}` })

const marks = new Map([
  [true, 'met'],
  [false, 'MISSED'],
])

/** Three significant digits. */
const number = value => (Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))))

export function printRow({ name, value, unit, goal = '', met, against = '' }) {
  const shown = value === null ? '–' : `${number(value)} ${unit}`.trimEnd()
  const columns = [name.padEnd(66), shown.padStart(14), goal.padStart(9), (marks.get(met) ?? '').padEnd(6), against]
  console.log(`  ${columns.join('  ')}`.trimEnd())
}
