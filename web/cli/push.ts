import type { Command } from 'commander'
import { FolderStore } from '../engine/store-folder.ts'
import { HttpStore } from '../engine/store-http.ts'
import { type Pushed, pushLibrary } from '../publish/push-library.ts'
import { SharedServer } from '../publish/shared-server.ts'
import { exitCode } from './exit.ts'
import { counted, note, printJson, printLine } from './output.ts'
import { findLibraryFolder } from './places.ts'
import { displayProgress } from './progress.ts'
import { openReader, requireAddress, tokenOption } from './remote.ts'

interface PushOptions {
  token?: string
  thumbs?: boolean
  delete?: boolean
  json?: boolean
}

export function addPushCommand(program: Command): void {
  program
    .command('push')
    .summary('publish a library on a server')
    .description(
      'Writes to the server what it does not have of the library, or has otherwise. Interrupted, it goes on when it is started again. ' +
        'Exit code: 0 all written, 3 some refused (they are listed), 1 failed, 2 wrong arguments.',
    )
    .argument('<library>', 'a library’s folder, or a folder that was indexed')
    .argument('<address>', 'such as https://host/v1/libraries/zoo')
    .addOption(tokenOption())
    .option('--thumbs', 'thumbnails, too, where the server has none')
    .option('--delete', 'remove from the server what the library does not have any more of its folders')
    .option('--json', 'print one JSON object at the end')
    .action(async (library: string, address: string, options: PushOptions) => {
      process.exitCode = await push(library, address, options)
    })
}

async function push(place: string, address: string, options: PushOptions): Promise<number> {
  const server = new SharedServer(requireAddress(address), options.token)
  const library = await openReader(new FolderStore(findLibraryFolder(place)))
  try {
    const { name } = await server.info()
    const there = await openReader(new HttpStore(server.url, { token: options.token }))
    const display = displayProgress('pushing')
    try {
      const pushed = await pushLibrary({
        library,
        there,
        server,
        name,
        thumbnails: options.thumbs ?? false,
        deletes: options.delete ?? false,
        onProgress: (done, total) => display.show({ done, total, rate: '' }),
      })
      display.end()
      tell(pushed, options.json ?? false)
      return pushed.skipped.length > 0 ? exitCode.someSkipped : exitCode.ok
    } finally {
      display.end()
      await there.close()
    }
  } finally {
    await library.close()
  }
}

function tell(pushed: Pushed, json: boolean): void {
  const { added, changed, unchanged, removed, thumbnails, skipped, leftOut } = pushed
  for (const { key, reason } of skipped) note(`picfind: ${key} was refused: ${reason}`)
  if (leftOut.length > 0) {
    note(`picfind: the server keeps no ${leftOut.join(', ')}; it is started with --fields to name what it keeps`)
  }
  if (json) {
    printJson({ added, changed, unchanged, removed, thumbnails, skipped, left_out: leftOut })
    return
  }
  const parts = [`${added} new`, `${changed} changed`, `${unchanged} there already`, `${removed} removed`]
  printLine([...parts, ...(thumbnails > 0 ? [counted(thumbnails, 'thumbnail')] : [])].join(', '))
}
