import { resolve } from 'node:path'
import type { Command } from 'commander'
import { FolderStore } from '../engine/store-folder.ts'
import { HttpStore } from '../engine/store-http.ts'
import { pullLibrary } from '../publish/pull-library.ts'
import { exitCode } from './exit.ts'
import { counted, megabytes, printJson, printLine } from './output.ts'
import { refuseAddress } from './places.ts'
import { displayProgress } from './progress.ts'
import { core, requireAddress, tokenOption } from './remote.ts'

interface PullOptions {
  token?: string
  json?: boolean
}

export function addPullCommand(program: Command): void {
  program
    .command('pull')
    .summary('get a library from a server, or from a site')
    .description(
      'Makes FOLDER the same library as the one at ADDRESS; files that are there are not fetched again. ' +
        'Interrupted, it goes on when it is started again; until it is done FOLDER is as it was.',
    )
    .argument('<address>', 'such as https://host/v1/libraries/zoo')
    .argument('<folder>', 'of the library here')
    .addOption(tokenOption())
    .option('--json', 'print one JSON object at the end')
    .action(async (address: string, folder: string, options: PullOptions) => {
      process.exitCode = await pull(address, folder, options)
    })
}

async function pull(address: string, folder: string, { token, json }: PullOptions): Promise<number> {
  refuseAddress(folder)
  const display = displayProgress('pulling', megabytes)
  try {
    const onProgress = (done: number, total: number) => display.show({ done, total, rate: '' })
    const there = new HttpStore(requireAddress(address), { token })
    const pulled = await pullLibrary(await core(), there, new FolderStore(folder), onProgress)
    display.end()
    const { pictures, files, fetched, bytes } = pulled
    if (json) printJson({ pictures, files, fetched, bytes })
    else {
      const what = `${fetched} of ${counted(files, 'file')} fetched, ${megabytes(bytes)}`
      printLine(`${counted(pictures, 'picture')} in ${resolve(folder)}: ${what}`)
    }
    return exitCode.ok
  } finally {
    display.end()
  }
}
