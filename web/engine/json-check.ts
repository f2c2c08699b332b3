/** Checks of parsed JSON that name the field at fault. A check returns the value as its type or throws a FieldError. */

export class FieldError extends Error {
  constructor(field: string, expected: string, found: unknown) {
    super(`${field || 'the document'}: expected ${expected}, found ${describe(found)}`)
  }
}

export type Check<T> = (value: unknown, field: string) => T

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function check<T>(expected: string, holds: (value: unknown) => value is T): Check<T> {
  return (value, field) => {
    if (!holds(value)) throw new FieldError(field, expected, value)
    return value
  }
}

export const text = check('a non-empty text', (v): v is string => typeof v === 'string' && v !== '')
export const bool = check('true or false', (v): v is boolean => typeof v === 'boolean')
export const number = check('a number', (v): v is number => typeof v === 'number' && Number.isFinite(v))
export const count = check(
  'a whole number, 0 or more',
  (v): v is number => Number.isSafeInteger(v) && (v as number) >= 0,
)
export const size = check('a whole number above 0', (v): v is number => Number.isSafeInteger(v) && (v as number) > 0)

export function matching(pattern: RegExp, expected: string): Check<string> {
  return check(expected, (v): v is string => typeof v === 'string' && pattern.test(v))
}

export function oneOf<T extends string>(...words: T[]): Check<T> {
  return check(`one of ${words.join(', ')}`, (v): v is T => words.includes(v as T))
}

export function nullable<T>(inner: Check<T>): Check<T | null> {
  return (value, field) => (value === null ? null : inner(value, field))
}

export function optional<T>(inner: Check<T>): Check<T | undefined> {
  return (value, field) => (value === undefined ? undefined : inner(value, field))
}

export function list<T>(inner: Check<T>): Check<T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw new FieldError(field, 'a list', value)
    return value.map((item, i) => inner(item, `${field}[${i}]`))
  }
}

export function triple<T>(inner: Check<T>): Check<[T, T, T]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length !== 3) throw new FieldError(field, 'a list of three', value)
    return [inner(value[0], `${field}[0]`), inner(value[1], `${field}[1]`), inner(value[2], `${field}[2]`)]
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Any JSON object, taken as it is. */
export const anyObject = check('an object', isObject)

/** An object of exactly these fields: an unknown one is an error, for it is most often a misspelt optional one. */
export function object<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (value, field) => {
    if (!isObject(value)) throw new FieldError(field, 'an object', value)
    const prefix = field === '' ? '' : `${field}.`
    const unknown = Object.keys(value).find(name => !(name in fields))
    if (unknown !== undefined) {
      throw new FieldError(prefix + unknown, `no such field (known: ${Object.keys(fields).join(', ')})`, value[unknown])
    }
    const result: Partial<T> = {}
    for (const name of Object.keys(fields) as (keyof T & string)[]) {
      const checked = fields[name](value[name], prefix + name)
      if (checked !== undefined) result[name] = checked
    }
    return result as T
  }
}
