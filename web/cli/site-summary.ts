import type { Progress } from '../engine/node.ts'
import type { LeftOut } from '../publish/left-out.ts'
import type { Published } from '../publish/publish-bundle.ts'
import type { SitePictures } from '../publish/site-pictures.ts'
import { counted, note, printLine } from './output.ts'

/** Names of files that a line of the summary has room for. */
const mostNames = 5

const reasons: Record<LeftOut['reason'], string> = {
  small: 'below 64 pixels',
  svg: 'SVG',
  excluded: 'excluded by name',
  ignored: 'data-picfind-ignore',
  noindex: 'only on pages with noindex',
  unmentioned: 'on no page (take them with --all-pictures)',
  unreadable: 'not readable',
}

/** Says what a run over a site has done: what a person should know on stderr, the sum on stdout. */
export function describeSite(
  { leftOut, located, captions }: SitePictures,
  skipped: Progress['skipped'],
  published: Published,
  place: string,
): void {
  for (const { path, reason } of skipped) note(`skipped ${path}: ${reason}`)
  for (const { line, reason } of captions) note(`captions, line ${line}: ${reason}`)
  for (const [reason, text] of Object.entries(reasons)) {
    const paths = leftOut.filter(entry => entry.reason === reason).map(({ path }) => path)
    if (paths.length > 0) note(`left out, ${text}: ${listed(paths)}`)
  }
  if (located.length > 0) {
    const files = located.length === 1 ? '1 published file tells' : `${located.length} published files tell`
    note(`picfind: ${files} where it was taken (GPS), to everyone who downloads it: ${listed(located)}`)
  }
  if (published.pictures === 0) note('picfind: there are no pictures to find')
  const counts = Object.entries({ ...published.update, skipped: skipped.length })
  const changes = counts.filter(([name, n]) => n > 0 || name === 'new').map(([name, n]) => `${n} ${name}`)
  const state = published.changed ? '' : ', which has not changed'
  printLine(`${changes.join(', ')}; ${counted(published.pictures, 'picture')} in ${place}${state}`)
}

function listed(paths: string[]): string {
  const more = paths.length - mostNames
  return `${paths.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
