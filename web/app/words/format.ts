import { bytes as bytesIn } from '../../element/format.ts'
import { language, words } from './words.ts'

/** Bytes for people, decimal units. */
export function bytes(n: number): string {
  return bytesIn(n, language)
}

/** A cosine as the page shows it: two digits. */
export function score(cosine: number): string {
  return cosine.toFixed(2)
}

export function date(milliseconds: number): string {
  return new Date(milliseconds).toLocaleDateString(language, { dateStyle: 'long' })
}

export function duration(seconds: number): string {
  if (seconds < 60) return words.seconds(Math.max(1, Math.round(seconds)))
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? words.minutes(minutes) : words.hours(Math.floor(minutes / 60), minutes % 60)
}

export function rate(perSecond: number): string {
  return perSecond.toLocaleString(language, { maximumFractionDigits: perSecond < 10 ? 1 : 0 })
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** All but the last part of a path. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
