/** Bytes for people, decimal units, in a language's own writing. */
export function bytes(n: number, language: string): string {
  const [value, unit] = n < 1e6 ? [n / 1e3, 'kilobyte'] : n < 1e9 ? [n / 1e6, 'megabyte'] : [n / 1e9, 'gigabyte']
  const maximumFractionDigits = value < 10 ? 1 : 0
  return value.toLocaleString(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits })
}
