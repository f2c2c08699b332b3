import ExifReader, { type ExpandedTags } from 'exifreader'
import { plainText } from './plain-text.ts'

/** What a picture's file says of the picture. */
export interface Metadata {
  title?: string
  description?: string
  /** ISO 8601, local time where the camera did not say its zone. */
  taken?: string
  camera?: string
  /** Latitude and longitude in degrees. */
  location?: [number, number]
  /** Every tag that is text or a number, by group and name; only if asked for. */
  all?: Record<string, string>
}

/** What cameras write where a person could have written something. */
const cameraTexts =
  /^(olympus digital camera|samsung|sony dsc|dcim|default|untitled|minolta digital camera|konica minolta)\b/i

/** Of EXIF, IPTC and XMP; nothing of a file that has none, or whose metadata is damaged. */
export function readMetadata(bytes: Uint8Array, wanted: { all?: boolean } = {}): Metadata {
  let tags: ExpandedTags
  try {
    tags = ExifReader.load(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { expanded: true })
  } catch {
    return {}
  }
  const { exif, iptc, xmp } = tags
  const text = (...tags: unknown[]) => firstText(tags)
  const found: Metadata = {
    title: text(xmp?.title, iptc?.['Object Name'], iptc?.Headline, xmp?.Headline),
    description: text(xmp?.description, iptc?.['Caption/Abstract'], exif?.ImageDescription),
    taken: takenAt(text(exif?.DateTimeOriginal), text(exif?.OffsetTimeOriginal)),
    camera: cameraName(text(exif?.Make), text(exif?.Model)),
    location: locationOf(tags),
    all: wanted.all ? everything(tags) : undefined,
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function firstText(tags: unknown[]): string | undefined {
  for (const tag of tags) {
    const text = textOf(tag)
    if (text !== undefined && !cameraTexts.test(text)) return text
  }
  return undefined
}

/** A tag's text; of one in several languages the first. */
function textOf(tag: unknown): string | undefined {
  if (typeof tag !== 'object' || tag === null) return undefined
  const { description, value } = tag as { description?: unknown; value?: unknown }
  const raw = typeof description === 'string' ? description : typeof value === 'string' ? value : ''
  return plainText(raw) || undefined
}

/** EXIF's `2024:05:01 12:30:00` and, where there is one, `+02:00`. */
function takenAt(date: string | undefined, zone: string | undefined): string | undefined {
  const match = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)/.exec(date ?? '')
  if (!match) return undefined
  const local = `${match[1]}-${match[2]}-${match[3]}T${match[4]}`
  // Cameras whose clock was never set write zeros.
  if (Number.isNaN(Date.parse(`${local}Z`))) return undefined
  return /^[+-]\d\d:\d\d$/.test(zone ?? '') ? `${local}${zone}` : local
}

/** `Canon EOS 5D` rather than `Canon Canon EOS 5D`. */
function cameraName(make: string | undefined, model: string | undefined): string | undefined {
  if (model === undefined || make === undefined) return model ?? make
  const first = make.split(' ')[0]!.toLowerCase()
  return model.toLowerCase().startsWith(first) ? model : `${make} ${model}`
}

function locationOf({ gps, xmp }: ExpandedTags): [number, number] | undefined {
  const { Latitude: latitude, Longitude: longitude } = gps ?? {}
  if (Number.isFinite(latitude) && Number.isFinite(longitude)) return [latitude!, longitude!]
  const [north, east] = [xmp?.GPSLatitude, xmp?.GPSLongitude].map(degreesOf)
  return north === undefined || east === undefined ? undefined : [north, east]
}

/** XMP's `48,8.5N` or `48,8,30N`. */
function degreesOf(tag: unknown): number | undefined {
  const match = /^(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])$/.exec(textOf(tag) ?? '')
  if (!match) return undefined
  const size = Number(match[1]) + Number(match[2]) / 60 + Number(match[3] ?? 0) / 3600
  return /[SW]/.test(match[4]!) ? -size : size
}

function everything(tags: ExpandedTags): Record<string, string> {
  const found: Record<string, string> = {}
  for (const group of ['exif', 'iptc', 'xmp'] as const) {
    for (const [name, tag] of Object.entries(tags[group] ?? {})) {
      const text = textOf(tag)
      if (text !== undefined && !/thumbnail|makernote|^_/i.test(name)) found[`${group}.${name}`] = text
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}
