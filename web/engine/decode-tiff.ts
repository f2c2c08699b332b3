import { PicfindError, reasonOf } from './errors.ts'
import { checkSize, type Pixels } from './pixels.ts'

/** Tags of TIFF 6.0. */
const tag = {
  subfileType: 't254',
  width: 't256',
  height: 't257',
  stripOffsets: 't273',
  orientation: 't274',
  stripBytes: 't279',
  tileOffsets: 't324',
  tileBytes: 't325',
} as const

/** The main picture of a TIFF file by utif2, loaded with the first such file. */
export async function decodeTiff(bytes: Uint8Array): Promise<Pixels> {
  const utif = await load()
  const file = bytes.slice().buffer
  try {
    const pages = utif.decode(file)
    const numbers = (page: Page, name: string): number[] => (page[name] as number[] | undefined) ?? []
    const isReduced = (page: Page) => ((numbers(page, tag.subfileType)[0] ?? 0) & 1) === 1
    const pictures = pages.filter(page => numbers(page, tag.width).length > 0)
    const page = pictures.find(picture => !isReduced(picture)) ?? pictures[0]
    if (!page) throw new PicfindError('corrupt', 'the TIFF is damaged: it holds no picture')
    const width = numbers(page, tag.width)[0] ?? 0
    const height = numbers(page, tag.height)[0] ?? 0
    checkSize(width, height)
    checkWhole(numbers(page, tag.stripOffsets), numbers(page, tag.stripBytes), bytes.length)
    checkWhole(numbers(page, tag.tileOffsets), numbers(page, tag.tileBytes), bytes.length)
    utif.decodeImage(file, page)
    const rgba = utif.toRGBA8(page)
    if (rgba.length !== width * height * 4) {
      throw new PicfindError('unsupported', 'this kind of TIFF cannot be read; convert it to PNG')
    }
    return { rgba, width, height, orientation: orientationOf(numbers(page, tag.orientation)[0]) }
  } catch (error) {
    if (error instanceof PicfindError) throw error
    throw new PicfindError('corrupt', `the TIFF is damaged or of a kind that cannot be read: ${reasonOf(error)}`)
  }
}

async function load() {
  try {
    return (await import('utif2')).default
  } catch (error) {
    throw new PicfindError('unsupported', `TIFF needs utif2, which could not be loaded: ${reasonOf(error)}`)
  }
}

type Page = ReturnType<typeof import('utif2').decode>[number]

function checkWhole(offsets: number[], sizes: number[], length: number): void {
  const end = offsets.reduce((last, offset, i) => Math.max(last, offset + (sizes[i] ?? 0)), 0)
  if (end > length) throw new PicfindError('corrupt', `the TIFF is cut off: expected ${end} bytes, found ${length}`)
}

function orientationOf(value: number | undefined): number {
  return value !== undefined && value >= 1 && value <= 8 ? value : 1
}
