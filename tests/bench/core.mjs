/** The core as it ships, one of it in this process or page. */
import create from '../../dist/core/picfind-core.js'

let made

export function core() {
  made ??= create()
  return made
}
